"""What earlier requests left in the cache: the API's rules of writing and reading, played through again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lab.cache.asked import Asked
from lab.cache.prefix import LOOKBACK, SECONDS


@dataclass(frozen=True, slots=True)
class Entry:
    """A prefix in the cache: readable from `since` until `until` (seconds since 1970). `by`: the call that
    wrote it, `last`: the one that wrote or read it last."""

    ttl: str
    since: float
    until: float
    by: str
    last: str


Entries = Mapping[bytes, Entry]


def entries(earlier: Sequence[Asked], now: float) -> Entries:
    """What there is at a moment, by the keys of the prefixes; what has expired is still among it."""
    found: dict[bytes, Entry] = {}
    begun = [(one.began, 1, one) for one in earlier if one.began is not None and one.began <= now]
    sent = [(one.at, 0, one) for one in earlier if one.at <= now]
    hits: dict[str, int] = {}
    for at, answers, one in sorted([*sent, *begun], key=lambda each: each[:2]):
        if not answers:
            hits[one.id] = _read(found, one, at)
        else:
            _write(found, one, hits.get(one.id, 0))
    return found


def readable(there: Entries, one: Asked, at: float) -> int:
    """How many blocks of a request can be read then; 0: none."""
    return max((_reach(there, one, end, at) for end in one.kept()), default=0)


def _reach(there: Entries, one: Asked, end: int, at: float) -> int:
    for length in range(end, max(0, end - LOOKBACK), -1):
        entry = there.get(one.keys[length])
        if entry and entry.since <= at < entry.until:
            return length
    return 0


def _read(found: dict[bytes, Entry], one: Asked, at: float) -> int:
    """Each breakpoint that finds something refreshes it."""
    most = 0
    for end in one.kept():
        if length := _reach(found, one, end, at):
            entry = found[one.keys[length]]
            found[one.keys[length]] = replace(entry, until=at + SECONDS[entry.ttl], last=one.id)
            most = max(most, length)
    return most


def _write(found: dict[bytes, Entry], one: Asked, hit: int) -> None:
    """What stands behind the hit becomes readable as the answer begins. What it read, but nobody in view
    wrote, was there before."""
    for end, ttl in one.kept().items():
        if end <= hit:
            continue
        before = found.get(one.keys[end])
        since = one.at if one.read and one.tokens(end) <= one.read else one.began
        until = max(one.at + SECONDS[ttl], before.until if before else 0.0)
        if before and before.until > one.at:
            since = min(since, before.since)
        found[one.keys[end]] = Entry(ttl, since, until, one.id, one.id)
