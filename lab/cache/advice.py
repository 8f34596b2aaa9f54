"""What would make the cache pay more, in dollars a day at the traffic there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from lab.cache import traffic
from lab.cache.asked import Asked
from lab.cache.prefix import SECONDS
from lab.cache.traffic import Rates, Turn, Used
from lab.cache.volatile import Volatile, volatile
from lab.cache.words import span
from lab.cost import DOLLAR, dollars
from lab.models import Model
from lab.prompts import Prompt
from lab.types import Picodollars

LEAST = DOLLAR // 100
"""Savings a day that are worth a sentence: a cent."""
FEW = 5
"""Calls from which nothing can be told."""
TOGETHER = 0.05
"""Of the calls that wrote, as many have to have come before an earlier answer began, for that to be said."""


@dataclass(frozen=True, slots=True)
class Group:
    """Calls of one prompt version to one model and endpoint: `turns` and `asked`, the newest ones in the
    order of their times, the latter with their texts; `a_day`: calls of it a day."""

    prompt: str | None
    version: int | None
    model: Model
    endpoint: str
    a_day: float
    turns: Sequence[Turn]
    asked: Sequence[Asked]
    rates: Rates | None
    template: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What the prompts of a group's calls cost one way and the other, and what the ways are called."""

    one: Used
    two: Used
    rates: Rates
    how: str
    now: str = "as it is"

    @property
    def saved(self) -> Picodollars:
        """By all these calls together."""
        return self.one.cost(self.rates) - self.two.cost(self.rates)

    def a_day(self, group: Group) -> Picodollars:
        return round(self.saved / len(group.turns) * group.a_day)

    def lines(self, group: Group) -> Iterator[str]:
        """The arithmetic."""
        many = len(group.turns)
        for name, used in ((self.now, self.one), (self.how, self.two)):
            parts = zip(_WORDS, used, self.rates, strict=False)
            terms = [f"{count:,} {word} × ${rate / 10**6:g}/M" for word, count, rate in parts if count]
            together = f"{dollars(used.cost(self.rates))}, {used.hits / many:.0%} of the calls read"
            yield f"The newest {many:,} calls, {name}: {' + '.join(terms)} = {together}."
        yield (
            f"{dollars(self.saved)} less ÷ {many:,} calls × {group.a_day:,.1f} calls a day = "
            f"{dollars(self.a_day(group))} a day."
        )


_WORDS = ("input", "read", "written for 5 minutes", "written for an hour")


@dataclass(frozen=True, slots=True)
class Advice:
    """Something to do. `saves`: about so much a day; None: nothing that can be put in money. `sums`: how that
    was reckoned, line by line."""

    kind: str
    said: str
    saves: Picodollars | None
    sums: tuple[str, ...]
    prompt: str | None
    version: int | None
    model: str

    @property
    def headline(self) -> str:
        """`Move the date out of the system prompt: about $14 a day at this traffic`."""
        return f"{self.said}: about {dollars(self.saves)} a day at this traffic" if self.saves else self.said


def advise(group: Group) -> list[Advice]:
    """What can be done about a group, what saves most first."""
    if len(group.turns) < FEW or not group.asked or group.rates is None:
        return []
    found = [each for each in _each(group, group.rates) if each.saves is None or each.saves >= LEAST]
    found.sort(key=lambda each: -(each.saves or 0))
    return [each for n, each in enumerate(found) if n == 0 or each.kind != "unread"]  # there is better


def _each(group: Group, rates: Rates) -> Iterator[Advice]:
    last, least = group.asked[-1], group.model.min_cache or 0
    end = stable(group.asked)
    shared = last.tokens(end)
    if last.points and not last.kept() and last.reported:
        yield _short(group, last)
        return
    if shared < least:
        return
    changing = volatile(group.asked, group.template)
    was = traffic.as_it_was(group.turns)
    if changing:
        yield _moved(group, rates, changing, shared, end)
    elif not last.points:
        yield _asking(group, rates, shared, end)
    else:
        if was.write_5m + was.write_1h and not was.hits:
            yield _unread(group, rates, shared)
        yield _kept(group, rates, shared)
        yield from _ahead(group, rates, shared)


def stable(asked: Sequence[Asked]) -> int:
    """How many blocks of the newest request stand before what is its own: tools, system, examples, and
    messages that others begin with too."""
    last = asked[-1]
    end = sum(1 for one in last.blocks if one.section != "messages")
    others = [one for one in asked[:-1] if one.conversation is None or one.conversation != last.conversation]
    while others and end < len(last.blocks) - 1 and not last.blocks[end].own:
        same = sum(one.blocks[end : end + 1] == last.blocks[end : end + 1] for one in others)
        if 2 * same < len(others):
            break
        end += 1
    return end


def _advice(group: Group, kind: str, said: str, change: Change | None, sums: Sequence[str]) -> Advice:
    saves = change and change.a_day(group)
    lines = (*sums, *(change.lines(group) if change else ()))
    return Advice(kind, said, saves, lines, group.prompt, group.version, group.model.id)


def _short(group: Group, last: Asked) -> Advice:
    about, least = last.tokens(max(last.points)), group.model.min_cache or 0
    sums = (
        f"Up to its last breakpoint the prompt has about {about:,} tokens.",
        f"{group.model.id} caches nothing shorter than {least:,}, and says nothing about it.",
        "Nothing is lost by asking, and nothing gained. More examples would make it longer, and some models "
        "cache from 512 tokens on.",
    )
    return _advice(group, "short", f"Below {least:,} tokens: never cached", None, sums)


def _moved(group: Group, rates: Rates, changing: Volatile, shared: int, end: int) -> Advice:
    """The text that changes, behind all that does not."""
    there, blocks = changing.difference, group.asked[-1].blocks
    at = next((n for n, one in enumerate(blocks) if one.place == there.place), 0)
    behind = group.asked[-1].tokens(end) - group.asked[-1].tokens(at)
    then, ttl = _better(group, shared, rates)
    what = {"system": "the system prompt", "examples": "the examples", "tools": "the tools"}[there.section]
    shown = there.section == "system" and any(one.section == "examples" for one in blocks[at + 1 :])
    said = f"Move {changing.named} out of {what}"
    if shown:
        said = f"Put the examples before {changing.named}: move it out of {what}"
    sums = (
        f"It stands at character {there.at + 1:,} of {there.place}, and is new in {changing.share:.0%} of "
        f"the requests: …{there.before[-30:]}▸{there.now[:20]}…",
        f"From there on about {behind:,} tokens are new to the cache each time. In the question's turn, "
        "behind the last breakpoint, it would break nothing.",
    )
    change = Change(traffic.as_it_was(group.turns), then, rates, f"moved, and kept for {_TTL[ttl]}")
    return _advice(group, "examples" if shown else "volatile", said, change, sums)


def _asking(group: Group, rates: Rates, shared: int, end: int) -> Advice:
    then, ttl = _better(group, shared, rates)
    place = group.asked[-1].blocks[end - 1].place
    sums = (
        f"Nothing asks for caching; about {shared:,} tokens, to the end of {place}, are the same each time.",
    )
    change = Change(traffic.as_it_was(group.turns), then, rates, f"cache: {ttl}")
    return _advice(group, "unasked", f"Ask for caching (cache: {ttl})", change, sums)


def _unread(group: Group, rates: Rates, shared: int) -> Advice:
    """Written for nobody, or by the rules not so."""
    ttl = next(iter(group.asked[-1].points.values()))
    might = traffic.played(group.turns, shared, ttl).hits
    if might >= TOGETHER * len(group.turns):
        said = "The cache is written and never read, though by its rules it could be: open a call to see why"
        sums = f"By the times of the newest {len(group.turns):,} calls {might:,} of them could have read it."
        return _advice(group, "lost", said, None, (sums,))
    gap = median(_gaps(group.turns) or [0])
    sums = (f"Half of the requests come more than {span(gap)} after the one before.",)
    change = Change(
        traffic.as_it_was(group.turns), traffic.uncached(group.turns), rates, "without cache_control"
    )
    return _advice(group, "unread", "The cache is written and never read: do not ask for it", change, sums)


def _kept(group: Group, rates: Rates, shared: int) -> Advice:
    """The other time to live."""
    now = next(iter(group.asked[-1].points.values()))
    other = "5m" if now == "1h" else "1h"
    one, two = (traffic.played(group.turns, shared, ttl) for ttl in (now, other))
    gaps = _gaps(group.turns)
    between = sum(SECONDS["5m"] <= gap < SECONDS["1h"] for gap in gaps)
    sums = (
        f"Of {len(gaps):,} gaps between requests {between:,} are of more than 5 minutes and below an hour.",
    )
    change = Change(one, two, rates, f"kept for {_TTL[other]}", f"kept for {_TTL[now]}")
    kind, said = ("hour", "1h TTL pays here") if other == "1h" else ("minutes", "5 minutes are enough here")
    return _advice(group, kind, f"{said} (cache: {other})", change, sums)


def _ahead(group: Group, rates: Rates, shared: int) -> Iterator[Advice]:
    """What it costs that several are sent before the first is answered."""
    ttl = next(iter(group.asked[-1].points.values()))
    one, two = (traffic.played(group.turns, shared, ttl, ahead=ahead) for ahead in (False, True))
    many = two.hits - one.hits
    if many >= TOGETHER * len(group.turns):
        sums = (
            f"{many:,} of {len(group.turns):,} requests were sent while an earlier answer that writes the "
            "same had not begun, and wrote it too.",
        )
        change = Change(one, two, rates, "one sent ahead, the others once its answer begins")
        yield _advice(group, "pending", "Send one ahead of the others", change, sums)


_TTL = {"5m": "5 minutes", "1h": "an hour"}


def _better(group: Group, shared: int, rates: Rates) -> tuple[Used, str]:
    """The time to live that costs less."""
    both = [(traffic.played(group.turns, shared, ttl), ttl) for ttl in ("5m", "1h")]
    return min(both, key=lambda each: each[0].cost(rates))


def _gaps(turns: Sequence[Turn]) -> list[float]:
    return [two.at - one.at for one, two in zip(turns, turns[1:], strict=False)]
