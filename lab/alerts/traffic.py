"""What the rules look at: product traffic of the last hours, and what it was like before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from lab.alerts.statistic import Usual
from lab.models import Model
from lab.types import Picodollars

HOURS = 6
"""Slots back that a window may reach."""


class Slot(NamedTuple):
    """An hour of a model or prompt. `calls` are those that had to be answered: neither cancelled nor blocked.

    `first` are milliseconds to the first token, `tokens` those of whole requests: histograms as the store
    keeps them.
    """

    at: datetime
    calls: int = 0
    errors: int = 0
    prompt_tokens: int = 0
    read_tokens: int = 0
    first: Mapping[int, int] = {}
    tokens: Mapping[int, int] = {}


class Money(NamedTuple):
    """What real calls cost today at least, how many there were, and of how many nobody knows the price;
    `share`: how much of a day's cost was usually there by this time, None where that is not known."""

    spent: Picodollars = 0
    calls: int = 0
    unpriced: int = 0
    share: float | None = None


@dataclass(frozen=True)
class Traffic:
    """`kind` is `real`, or `simulated` where there are no real calls. `models` and `prompts` (those without
    one are ""): their slots, newest first. `usual_tokens` and `usual_hits`: by prompt, what is usual at this
    hour of the logarithm of the median request's tokens, and of the share of tokens that the cache gave,
    where that is known. `stops`: calls of
    the last day by `stop_reason`, `stops_before`: of four weeks before. `used`: calls of a week by model.
    """

    now: datetime
    kind: str = "real"
    models: Mapping[str, Sequence[Slot]] = field(default_factory=dict)
    prompts: Mapping[str, Sequence[Slot]] = field(default_factory=dict)
    usual_tokens: Mapping[str, Usual | None] = field(default_factory=dict)
    usual_hits: Mapping[str, Usual | None] = field(default_factory=dict)
    stops: Mapping[str, int] = field(default_factory=dict)
    stops_before: Mapping[str, int] = field(default_factory=dict)
    money: Money = Money()
    used: Mapping[str, int] = field(default_factory=dict)
    catalogue: Mapping[str, Model] = field(default_factory=dict)


class Window(NamedTuple):
    """Some slots together; `hours`: how long ago the first of them began."""

    hours: float
    together: Slot


def window(slots: Sequence[Slot], enough: int, now: datetime, count: str = "calls") -> Window:
    """As few of the newest slots as have `enough` calls (`count`: `calls`, or the histogram whose calls are
    counted), all where they have not."""
    taken: list[Slot] = []
    many = 0
    for slot in slots:
        taken.append(slot)
        value = getattr(slot, count)
        many += value if count == "calls" else sum(value.values())
        if many >= enough:
            break
    first: Counter[int] = Counter()
    tokens: Counter[int] = Counter()
    for slot in taken:
        first.update(slot.first)
        tokens.update(slot.tokens)
    sums = (sum(getattr(slot, name) for slot in taken) for name in Slot._fields[1:5])
    together = Slot(taken[0].at, *sums, first, tokens)
    return Window(max((now - taken[-1].at) / timedelta(hours=1), 0.0), together)


def spoken(window: Window) -> str:
    """`in the last 40 minutes`, `in the last 3 hours`."""
    minutes = max(round(window.hours * 60), 1)
    if minutes < 90:
        return f"in the last {minutes} minute{'s' * (minutes > 1)}"
    return f"in the last {window.hours:.1f} hours".replace(".0 ", " ")
