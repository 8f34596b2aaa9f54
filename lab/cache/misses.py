"""Why a call read less from the cache than it could have: its request held against earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.cache import prefix
from lab.cache.asked import Asked
from lab.cache.entries import Entries, Entry, entries, readable
from lab.cache.prefix import LOOKBACK, SECTIONS, Difference

KINDS = {
    "hit": "read all there was",
    "first": "the first of its kind",
    "unasked": "asks for no caching",
    "short": "too short to be cached",
    "unkept": "not cached by the endpoint",
    "unreported": "not told by the endpoint",
    "model": "another model",
    "speed": "another speed",
    "endpoint": "another endpoint",
    "tools": "the tools changed",
    "system": "the system text changed",
    "examples": "the examples changed",
    "messages": "earlier messages changed",
    "settings": "settings changed",
    "late": "the breakpoint stands too late",
    "unwritten": "the earlier request wrote nothing there",
    "pending": "the earlier answer had not begun",
    "expired": "expired",
    "lookback": "more than 20 blocks back",
    "lost": "should have been read",
}
"""What an explanation can come to, in a few words."""

ROUGHLY = 0.9
"""Of the tokens that an entry holds: whoever read fewer did not read that entry."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What it came to (one of KINDS), seen from a call. `other`: the earlier request that could have served
    it best, `reach`: the blocks of an entry of its that this call begins with too, 0 for none; `entry`: that
    one.

    `hit`: the blocks that were read. `same`: those that both requests begin with. `missed`: the tokens,
    about, that would have been read had nothing stood in the way.
    """

    kind: str
    call: Asked
    hit: int = 0
    other: Asked | None = None
    same: int = 0
    reach: int = 0
    entry: Entry | None = None
    difference: Difference | None = None
    missed: int = 0

    @property
    def shown(self) -> Difference | None:
        """The difference, where it is the reason."""
        return self.difference if self.kind in (*SECTIONS, "late") else None


def find(call: Asked, earlier: Sequence[Asked]) -> Finding:
    """Why it read no more. `earlier`: requests that were sent before it and answered, or are being answered;
    those of the last hour and a little more matter."""
    if not call.reported:
        return Finding("unreported", call)
    if not call.points:
        return Finding("unasked", call)
    if not (call.read or call.written):
        least = call.model.min_cache
        long = least is not None and call.tokens(max(call.points)) >= least / ROUGHLY
        return Finding("unkept" if long else "short", call)
    there = entries(earlier, call.at)
    hit = _hit(call, there, earlier)
    other = _best(call, earlier, hit)
    return _compared(call, other, hit, there)


def _hit(call: Asked, there: Entries, earlier: Sequence[Asked]) -> int:
    """The blocks that were read: by the rules, unless the API counted otherwise."""
    hit = readable(there, call, call.at)
    if not call.read:
        return 0
    if hit:
        writer = next(one for one in earlier if one.id == there[call.keys[hit]].by)
        return hit if call.read >= writer.tokens(hit) * ROUGHLY else 0
    ends = [end for end in range(1, len(call.blocks) + 1) if call.tokens(end) <= call.read]
    return max(ends, default=0)


def _best(call: Asked, earlier: Sequence[Asked], hit: int) -> Asked | None:
    """The request that came nearest to serving this one: rather one of the same cache, conversation or prompt
    than any other, then the one with the longest entry in reach, then the latest."""

    def rank(one: Asked) -> tuple[object, ...]:
        same = prefix.common(one.blocks, call.blocks)
        near = one.scope == call.scope or _related(one, call)
        reach = _reach(call, one, same, hit)
        return near, reach, one.scope == call.scope, one.settings == call.settings, same, one.at

    alike = [
        one
        for one in earlier
        if one.at <= call.at and one.id != call.id
        if _related(one, call) or prefix.alike(one.blocks, call.blocks)
    ]
    return max(alike, key=rank, default=None)


def _related(one: Asked, other: Asked) -> bool:
    names = ((one.conversation, other.conversation), (one.named, other.named))
    return any(mine is not None and mine == its for mine, its in names)


def _reach(call: Asked, one: Asked, same: int, hit: int) -> int:
    """The longest of its entries that the call begins with, and has a breakpoint at or behind."""
    most = min(same, max(call.points, default=0))
    return max((end for end in one.kept() if hit < end <= most), default=0)


def _compared(call: Asked, other: Asked | None, hit: int, there: Entries) -> Finding:
    if other is None or not call.written:
        expected = readable(there, call, call.at) > hit
        return Finding("lost" if expected else "hit" if call.read else "first", call, hit, other)
    same = prefix.common(other.blocks, call.blocks)
    reach = _reach(call, other, same, hit)
    found = prefix.difference(other.blocks, call.blocks)
    entry = there.get(call.keys[reach]) if reach else None
    kind = _barred(call, other, reach, entry) if reach else _parted(call, other, hit, same, found)
    missed = min(call.written or 0, _would(call, other, kind, same, reach) - (call.read or 0))
    return Finding(kind, call, hit, other, same, reach, entry, found, max(0, missed))


def _barred(call: Asked, other: Asked, reach: int, entry: Entry | None) -> str:
    """Why an entry that this call begins with too was not read."""
    if other.scope != call.scope:
        return apart(call, other)
    if reach > prefix.fixed(call.blocks) and other.settings != call.settings:
        return "settings"
    if entry is None or entry.since > call.at:
        return "pending"
    if entry.until <= call.at:
        return "expired"
    return "lost" if looked(call, reach) else "lookback"


def apart(call: Asked, other: Asked) -> str:
    """In what the caches of two requests differ."""
    mine, its = call.scope, other.scope
    if mine.model != its.model:
        return "model"
    return "speed" if mine.speed != its.speed else "endpoint"


def looked(call: Asked, end: int) -> bool:
    """Whether a breakpoint of the call looks as far back as to a prefix of so many blocks."""
    return any(end <= point < end + LOOKBACK for point in call.kept())


def _parted(call: Asked, other: Asked, hit: int, same: int, found: Difference | None) -> str:
    """Why no entry of the other one begins this call."""
    kept = max(other.kept(), default=0)
    own = same < len(call.blocks) and call.blocks[same].own
    if not kept and not hit:
        return "unwritten" if same else _changed(call, other, found)
    if found is None or same == len(other.blocks) or kept <= hit or (own and hit):
        return "hit" if hit else "unwritten"
    if own and other.scope == call.scope:
        return "unwritten" if any(end <= same for end in call.points) else "late"
    return _changed(call, other, found)


def _changed(call: Asked, other: Asked, found: Difference | None) -> str:
    if other.scope != call.scope:
        return apart(call, other)
    section = found.section if found else "messages"
    moved = section in ("examples", "messages") and other.settings != call.settings
    return "settings" if moved else section


def _would(call: Asked, other: Asked, kind: str, same: int, reach: int) -> int:
    """The tokens that would have been read."""
    if kind in ("hit", "first"):
        return 0
    if kind in ("late", "unwritten"):
        return call.tokens(same)
    return call.tokens(reach) if reach else other.tokens(max(other.kept(), default=0))
