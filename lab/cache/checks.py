"""Each rule of the cache, held against a call and the earlier request that came nearest to serving it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab.cache.asked import Asked
from lab.cache.misses import Finding, looked
from lab.cache.prefix import SECONDS
from lab.cache.words import TTLS, clock, count, place, span


@dataclass(frozen=True, slots=True)
class Check:
    """A rule, whether it `holds` (None: cannot be told), and what was found."""

    rule: str
    holds: bool | None
    said: str


def checks(found: Finding) -> tuple[Check, ...]:
    """Every rule that can be looked at, in the order in which the API comes to them."""
    return tuple((*_alone(found), *(_beside(found, found.other) if found.other else ())))


def _alone(found: Finding) -> Iterator[Check]:
    call, points = found.call, found.call.points
    marks = [f"after {place(found, end)} ({TTLS[ttl]})" for end, ttl in points.items()]
    yield Check("asks for caching", bool(points), "; ".join(marks) or "no cache_control anywhere")
    if not points:
        return
    least, about = call.model.min_cache, call.tokens(max(points))
    exact = "" if call.read or call.written else "about "
    long = None if least is None else bool(call.kept()) if call.reported else about >= least
    needed = "what it needs is not published" if least is None else f"{call.model.id} needs {least:,}"
    yield Check("long enough", long, f"{exact}{count(about)} up to the last breakpoint; {needed}")


def _beside(found: Finding, other: Asked) -> Iterator[Check]:
    call = found.call
    scopes = zip(call.scope._fields, other.scope, call.scope, strict=True)
    apart = [f"{name} {its}" for name, its, mine in scopes if its != mine]
    yield Check(
        "same model, speed and endpoint", not apart, f"then {', '.join(apart)}" if apart else call.scope.model
    )
    needed = found.reach or max(other.kept(), default=len(other.blocks))
    yield Check("same text", found.difference is None or found.same >= needed, _text(found))
    names = sorted(call.settings.keys() | other.settings.keys())
    moved = [name for name in names if call.settings.get(name) != other.settings.get(name)]
    yield Check(
        "same settings", not moved, f"changed: {', '.join(moved)}" if moved else "none that matter changed"
    )
    begun = None if other.began is None else other.began <= call.at
    yield Check("its answer had begun", begun, _begun(found, other))
    yield _in_time(found, other)
    if found.reach:
        near = looked(call, found.reach)
        yield Check(
            "within 20 blocks of a breakpoint", near, f"the entry ends with {place(found, found.reach)}"
        )


def _text(found: Finding) -> str:
    there = found.difference
    if there is None:
        return "the two requests are the same"
    if not there.then:
        return f"it goes on with {there.place}, where the earlier one ended"
    return f"the same up to character {there.at:,} of {there.place}"


def _begun(found: Finding, other: Asked) -> str:
    if other.began is None:
        return "it is not known when"
    if other.began <= found.call.at:
        return f"{span(found.call.at - other.began)} before this was sent"
    return f"{span(other.began - found.call.at)} after this was sent"


def _in_time(found: Finding, other: Asked) -> Check:
    """The time to live counts from the start of a request, whoever wrote or read the entry last."""
    last = max(other.kept(), default=0)
    if not last and not found.entry:
        return Check("in time", None, "it left no entry")
    until = found.entry.until if found.entry else other.at + SECONDS[other.points[last]]
    left = until - found.call.at
    said = f"{span(left)} before the end" if left > 0 else f"{span(-left)} after the end"
    return Check("in time", left > 0, f"sent {clock(found)} after it, {said} of the time to live")
