"""Where the time of a logged call went: its stretches on one axis, attempt by attempt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from lab.figures import legs

Row = Mapping[str, Any]

OWN, WAIT, FAILED, ROUND, REST = "own wait", "wait", "failed", "earlier round", "without a token"


class Stretch(NamedTuple):
    """A stretch of a call's time. `attempt` is the number of the attempt that it belongs to, or leads to;
    `begin` and `ms` are milliseconds, from the call's beginning."""

    name: str
    attempt: int
    begin: float
    ms: float


def stretches(call: Row) -> list[Stretch]:
    """What was measured of a whole call, in its order: the wait before each attempt, how long earlier
    attempts took, and the parts of the last. What was not measured, and what took no time, is left out."""
    attempts = call["attempts"]
    if not attempts:
        sent = call["total_ms"] is not None
        return [*_begun(call, 1, call["waited_ms"]), *_last(call, 1, call["waited_ms"] or 0)] if sent else []
    found: list[Stretch] = []
    for attempt, wait in zip(attempts, waits(attempts), strict=True):
        number, last = attempt["number"], attempt is attempts[-1]
        alone = last and len(attempts) == 1 and call["waited_ms"] is not None
        at = call["waited_ms"] if alone else _between(call["started_at"], attempt["started_at"])
        if attempt is attempts[0]:
            found += _begun(call, number, at)
        elif wait:
            found.append(Stretch(WAIT, number, at - wait, wait))
        if last and call["total_ms"] is not None:
            found += _last(call, number, at)
        elif attempt["total_ms"]:
            name = ROUND if attempt["state"] == "ok" else FAILED
            found.append(Stretch(name, number, at, attempt["total_ms"]))
    return found


def parts(call: Row) -> dict[str, float | None]:
    """How long each part of the last attempt took, and our own wait before it, in milliseconds; None: not
    measured. Nothing while the call runs, or where nothing was sent."""
    total, first, found = call["total_ms"], call["first_token_ms"], legs(call)
    if total is None:
        return {}
    if first is None:
        return found | {REST: max(total - (call["headers_ms"] or call["connect_ms"] or 0), 0)}
    return found | {"streaming": max(total - first, 0)}


def waits(attempts: Sequence[Row]) -> list[float | None]:
    """Milliseconds that passed before each attempt, since the end of the one before; None: not measured."""
    pairs = zip(attempts, attempts[1:], strict=False)
    found = [
        max(_between(earlier["ended_at"], later["started_at"]), 0) if earlier["ended_at"] else None
        for earlier, later in pairs
    ]
    return [None, *found] if attempts else []


def _begun(call: Row, number: int, ms: float | None) -> Iterator[Stretch]:
    if ms and ms > 0:
        yield Stretch(OWN, number, 0, ms)


def _last(call: Row, number: int, at: float) -> Iterator[Stretch]:
    """The parts of the last attempt one after another, none of them beyond its end."""
    end = at + call["total_ms"]
    for name, ms in parts(call).items():
        ms = min(ms or 0, end - at)
        if name != OWN and ms > 0:
            yield Stretch(name, number, at, ms)
            at += ms


def _between(earlier: str, later: str) -> float:
    """Milliseconds from one stored time to another."""
    passed = datetime.fromisoformat(later) - datetime.fromisoformat(earlier)
    return passed.total_seconds() * 1000
