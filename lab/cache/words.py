"""Why a call missed the cache, in words."""

from __future__ import annotations

from lab.cache.misses import Finding
from lab.cache.prefix import LOOKBACK
from lab.gaps import span

TTLS = {"5m": "5 minutes", "1h": "1 hour"}


def said(found: Finding) -> str:
    """The reason in a sentence or two: what happened, and what follows."""
    if found.kind in _ALONE:
        return _ALONE[found.kind](found)
    if found.other is None:
        return _first(found)
    return _BESIDE[found.kind](found)


def clock(found: Finding) -> str:
    """How long the earlier request was sent before."""
    return span(found.call.at - found.other.at) if found.other else ""


def place(found: Finding, end: int) -> str:
    """The last of so many blocks, in words."""
    blocks = found.call.blocks
    return blocks[end - 1].place if 0 < end <= len(blocks) else "the beginning"


def count(tokens: int) -> str:
    return f"{tokens:,} token{'s' * (tokens != 1)}"


def _unasked(found: Finding) -> str:
    return "Nothing in this request has a cache_control, so nothing of it is written to the cache or read."


def _unreported(found: Finding) -> str:
    return "What was read from a cache or written to it was not reported, so nothing can be said about it."


def _length(found: Finding) -> str:
    call = found.call
    about = call.tokens(max(call.points))
    least = call.model.min_cache
    shortest = "an unpublished least length" if least is None else count(least)
    up_to = f"Up to its last breakpoint the prompt has about {count(about)}"
    return f"{up_to}; {call.model.id} caches from {shortest} on"


def _short(found: Finding) -> str:
    return f"{_length(found)}. What is shorter is never cached, and nothing is said of it."


def _unkept(found: Finding) -> str:
    return (
        f"{_length(found)}. That should have been enough, yet nothing was written or read: the endpoint "
        f"'{found.call.scope.endpoint}' may have no cache, or count tokens in another way."
    )


def _first(found: Finding) -> str:
    wrote = count(found.call.written or 0)
    return (
        f"No earlier request of the last hour in this log begins like this one. It wrote {wrote} for those "
        "that come after it."
    )


def _hit(found: Finding) -> str:
    read, written = found.call.read or 0, found.call.written or 0
    rest = (
        f" The {count(written)} behind it are new, and were written for the next request." if written else ""
    )
    return f"It read {count(read)}: all that was there to be read.{rest}"


def _model(found: Finding) -> str:
    return (
        f"The request before it went to {found.other.scope.model}, this one to {found.call.scope.model}. "
        "Each model has a cache of its own."
    )


def _speed(found: Finding) -> str:
    return (
        f"The request before it asked for speed {found.other.scope.speed}, this one for "
        f"{found.call.scope.speed}. Each speed has a cache of its own."
    )


def _endpoint(found: Finding) -> str:
    if found.other.scope.endpoint == found.call.scope.endpoint:
        return (
            "The request before it went to the simulated Claude of another lab. Each lab without a key "
            "starts one of its own, with an empty cache."
        )
    return (
        f"The request before it went to '{found.other.scope.endpoint}', this one to "
        f"'{found.call.scope.endpoint}'. Endpoints share no cache."
    )


def _changed(what: str, follows: str) -> object:
    def sentence(found: Finding) -> str:
        there = found.difference
        where = f": at character {there.at + 1:,} of {there.place}" if there else ""
        return f"{what} since the request {clock(found)} before{where}. {follows}"

    return sentence


_tools = _changed("The tools changed", "The tools come first, so nothing behind them can be read either.")
_system = _changed(
    "The system text changed", "Nothing from there on can be read, examples and messages included."
)
_examples = _changed("The few-shot examples changed", "Nothing from there on can be read.")
_messages = _changed("Earlier messages changed", "Nothing from there on can be read.")


def _settings(found: Finding) -> str:
    mine, its = found.call.settings, found.other.settings
    names = [name for name in sorted(mine.keys() | its.keys()) if mine.get(name) != its.get(name)]
    return (
        f"The request {clock(found)} before had other settings ({', '.join(names)}). The cache of the "
        "messages is kept apart by them; on some models that of tools and system too."
    )


def _late(found: Finding) -> str:
    same = place(found, found.same)
    return (
        f"It begins like the request {clock(found)} before up to the end of {same}, but the first breakpoint "
        f"stands behind text that is new each time. Set one at the end of {same}: about "
        f"{count(found.call.tokens(found.same))} could then be read."
    )


def _unwritten(found: Finding) -> str:
    other = found.other
    if not other.points:
        why = "has no cache_control, so it wrote nothing"
    elif not other.kept():
        why = f"was too short for {other.model.id} to cache"
    else:
        why = (
            f"is the same up to the end of {place(found, found.same)}, but has no breakpoint there or before"
        )
    return f"The request {clock(found)} before {why}. This one had nothing to read."


def _pending(found: Finding) -> str:
    return (
        f"The same beginning was sent {clock(found)} before, but its answer had not begun yet: only then can "
        "what was written be read. Both paid for writing. Send one ahead, and the others once its answer "
        "begins."
    )


def _expired(found: Finding) -> str:
    entry = found.entry
    late = span(found.call.at - entry.until)
    return (
        f"The same beginning was sent {clock(found)} before, to be kept for {TTLS[entry.ttl]}. That counts "
        f"from the start of the request that wrote or last read it: this one came {late} too late."
    )


def _lookback(found: Finding) -> str:
    behind = min(point for point in found.call.points if point >= found.reach) - found.reach
    return (
        f"An entry ends with {place(found, found.reach)}, but the nearest breakpoint stands {behind} blocks "
        f"behind it, and looks at {LOOKBACK} blocks only, its own included. Set a further one in between."
    )


def _lost(found: Finding) -> str:
    read = "nothing was" if not found.call.read else f"only {count(found.call.read)} were"
    return (
        f"By all the rules what an earlier request wrote could be read, and yet {read}. The API may have "
        "dropped it early, which it may at any time; or the two were sent with keys of different workspaces, "
        "which are not in the log."
    )


_ALONE = {
    "unreported": _unreported, "unasked": _unasked, "short": _short, "unkept": _unkept, "first": _first,
    "hit": _hit, "lost": _lost,
}  # fmt: skip
_BESIDE = {
    "model": _model, "speed": _speed, "endpoint": _endpoint, "tools": _tools, "system": _system,
    "examples": _examples, "messages": _messages, "settings": _settings, "late": _late,
    "unwritten": _unwritten, "pending": _pending, "expired": _expired, "lookback": _lookback,
}  # fmt: skip
