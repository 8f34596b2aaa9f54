"""What calls that begin alike would have cost with the cache used in another way: the rules played through on
their times, at the real prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from lab import cost
from lab.cache.prefix import SECONDS
from lab.models import Model
from lab.types import Picodollars, Usage


@dataclass(frozen=True, slots=True)
class Turn:
    """A call: when it was sent and its answer began (seconds since 1970), and the tokens of its prompt.
    `process` as in `Scope`."""

    id: str
    at: float
    began: float
    conversation: str | None
    prompt: int
    read: int
    written: int
    hour: int = 0
    process: str = ""


class Rates(NamedTuple):
    """Picodollars for a token of a prompt."""

    input: Picodollars
    read: Picodollars
    write_5m: Picodollars
    write_1h: Picodollars


class Used(NamedTuple):
    """Tokens of some prompts: those that were read, written for 5 minutes and an hour, and all others.
    `hits`: how many calls read anything."""

    input: int
    read: int
    write_5m: int
    write_1h: int
    hits: int

    def cost(self, rates: Rates) -> Picodollars:
        return sum(count * rate for count, rate in zip(self, rates, strict=False))


def rates(model: Model, on: date, prompt: int) -> Rates | None:
    """What tokens cost in a prompt of that size; None where a price is not known."""
    each = max(1, prompt // 4)
    usage = Usage(
        input_tokens=each,
        output_tokens=0,
        cache_creation_input_tokens=2 * each,
        ephemeral_5m_input_tokens=each,
        ephemeral_1h_input_tokens=each,
        cache_read_input_tokens=each,
    )
    terms = cost.terms(usage, model, on)
    found = [terms[name] for name in ("input", "cache_read", "cache_write_5m", "cache_write_1h")]
    return None if None in found else Rates(*(amount // each for amount in found))


def as_it_was(turns: Sequence[Turn]) -> Used:
    """What was counted."""
    return Used(
        sum(one.prompt - one.read - one.written for one in turns),
        sum(one.read for one in turns),
        sum(one.written - one.hour for one in turns),
        sum(one.hour for one in turns),
        sum(one.read > 0 for one in turns),
    )


def uncached(turns: Sequence[Turn]) -> Used:
    """Without a cache."""
    return Used(sum(one.prompt for one in turns), 0, 0, 0, 0)


def played(turns: Sequence[Turn], shared: int, ttl: str, *, ahead: bool = False) -> Used:
    """As if `shared` tokens in front were the same in all of them and kept for `ttl`, and in a conversation
    what was cached behind these too. `turns` in the order of their times. `ahead`: nobody is sent before the
    answer that writes has begun.
    """
    first = turns[0]
    kept: _Kept = {}
    if first.read:  # it was there when the first of them came
        kept[first.process, None] = (first.at, first.at + SECONDS[ttl], shared)
    read = written = hits = whole = 0
    for one in turns:
        whole += one.prompt
        own = max(0, one.read + one.written - shared) if one.conversation else 0
        found = _reach(kept, (one.process, None), one, min(shared, one.prompt), ttl, ahead)
        more = _reach(kept, (one.process, one.conversation), one, own, ttl, ahead) if own else 0
        read += found + more
        written += min(shared, one.prompt) + own - found - more
        hits += found + more > 0
    split = (written, 0) if ttl == "5m" else (0, written)
    return Used(whole - read - written, read, *split, hits)


_Kept = dict[tuple[str, str | None], tuple[float, float, int]]
"""Of a prefix, from when until when it can be read, and its tokens."""


def _reach(kept: _Kept, key: tuple[str, str | None], one: Turn, most: int, ttl: str, ahead: bool) -> int:
    """The tokens that a call reads under a key; what it leaves there begins with its answer, unless what was
    there still holds."""
    since, until, tokens = kept.get(key, (0.0, 0.0, 0))
    hit = one.at < until and (ahead or since <= one.at)
    begins = since if one.at < until else one.began
    kept[key] = (
        begins,
        max(until, one.at + SECONDS[ttl]) if hit else one.at + SECONDS[ttl],
        max(most, tokens),
    )
    return min(tokens, most) if hit else 0
