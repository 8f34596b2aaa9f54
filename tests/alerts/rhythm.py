"""Seeded traffic with the rhythm of a day and of a week, minute for minute as the rules would see it."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lab.alerting import Alerting
from lab.alerts import Hour, Judgement, Slot, Traffic, judged, statistic

RATIO = 1.1
"""Of the store's histograms."""
START = datetime(2026, 8, 31, tzinfo=UTC)
"""A Monday."""
STEP = timedelta(minutes=5)
STEPS = 12
"""Of an hour."""
MODEL, PROMPT = "claude-sonnet-5-5", "support"
QUIET = timedelta(minutes=15)
DEFAULT = Alerting()


@dataclass
class Change:
    """What becomes of traffic from a time on, for so long: factors of tokens and first tokens, the share of
    errors, and the share of input that the cache gives."""

    at: datetime
    lasts: timedelta = timedelta(days=365)
    tokens: float = 1.0
    first: float = 1.0
    errors: float | None = None
    hits: float | None = None

    def holds(self, at: datetime) -> bool:
        return self.at <= at < self.at + self.lasts


@dataclass
class _Grown:
    """An hour as far as it has come."""

    at: datetime
    calls: int = 0
    errors: int = 0
    prompt: int = 0
    read: int = 0
    first: Counter[int] = field(default_factory=Counter)
    tokens: Counter[int] = field(default_factory=Counter)

    def slot(self) -> Slot:
        return Slot(self.at, self.calls, self.errors, self.prompt, self.read, self.first, self.tokens)


def rhythm(at: datetime) -> float:
    """How busy an hour is, 1 on average over a week: quiet nights, and half as much at weekends."""
    hour = at.hour + at.minute / 60
    day = 1 + 0.8 * math.cos((hour - 14) / 24 * 2 * math.pi)
    return day * (0.6 if at.weekday() >= 5 else 1.16)


def traffic(
    seed: int, weeks: float, per_hour: float, *changes: Change, since: datetime = START
) -> Iterator[Traffic]:
    """What the rules see every five minutes of so many weeks, from `since` on."""
    draw, at = random.Random(seed), START
    hours: list[_Grown] = []
    tokens: list[Hour] = []
    hits: list[Hour] = []
    mood = 0.0
    for step in range(int(weeks * 7 * 24 * STEPS)):
        if step % STEPS == 0:
            mood = draw.gauss(0, 1)  # what tells one hour from another like it
            if hours and hours[-1].calls >= 5:
                _learn(hours[-1], tokens, hits)
            usual = [statistic.usual(at, past) for past in (tokens, hits)] if at >= since else [None, None]
            hours = [*hours[-5:], _Grown(at)]
        _grow(draw, hours[-1], at, per_hour / STEPS, mood, [each for each in changes if each.holds(at)])
        at += STEP
        if at < since:
            continue
        slots = [each.slot() for each in reversed(hours)]
        yield Traffic(
            now=at,
            models={MODEL: slots},
            prompts={PROMPT: slots},
            usual_tokens={PROMPT: usual[0]},
            usual_hits={PROMPT: usual[1]},
        )


def _learn(hour: _Grown, tokens: list[Hour], hits: list[Hour]) -> None:
    if sum(hour.tokens.values()) >= 5:
        value = statistic.log_median(hour.tokens, RATIO)
        tokens.append(Hour(hour.at, sum(hour.tokens.values()), value))
    hits.append(Hour(hour.at, hour.calls, hour.read / hour.prompt))
    for past in (tokens, hits):
        del past[: -statistic.WEEKS * 7 * 24 - 1]


def _grow(
    draw: random.Random, hour: _Grown, at: datetime, mean: float, mood: float, changes: list[Change]
) -> None:
    """The calls of five minutes."""
    now = Change(at)
    for change in changes:
        now.tokens, now.first = now.tokens * change.tokens, now.first * change.first
        now.errors = now.errors if change.errors is None else change.errors
        now.hits = now.hits if change.hits is None else change.hits
    day = math.cos((at.hour - 9) / 24 * 2 * math.pi)
    middle = math.log(2000) + 0.15 * day + 0.06 * mood
    rate = 0.7 + 0.08 * day + 0.03 * mood if now.hits is None else now.hits
    for _ in range(_poisson(draw, mean * rhythm(at))):
        hour.calls += 1
        if draw.random() < (0.004 if now.errors is None else now.errors):
            hour.errors += 1
            continue
        many = draw.lognormvariate(middle, 0.7) * now.tokens * (6 if draw.random() < 0.03 else 1)
        hour.tokens[math.floor(math.log(max(many, 1), RATIO))] += 1
        hour.prompt += round(many)
        hour.read += round(many * rate) if draw.random() < 0.95 else 0
        wait = draw.lognormvariate(math.log(450), 0.4) * now.first
        hour.first[math.floor(math.log(wait, RATIO))] += 1


def _poisson(draw: random.Random, mean: float) -> int:
    """By counting exponential waits; means are small."""
    count, passed = 0, draw.expovariate(1)
    while passed < mean:
        count, passed = count + 1, passed + draw.expovariate(1)
    return count


def opened(seen: Iterator[Traffic], wanted: Alerting = DEFAULT) -> Iterator[tuple[datetime, Judgement]]:
    """When alerts open: a rule finds what it did not find in the quarter of an hour before."""
    last: dict[str, datetime] = {}
    for traffic in seen:
        for found in judged(traffic, wanted):
            if found.severity:
                if found.key not in last or traffic.now - last[found.key] > QUIET:
                    yield traffic.now, found
                last[found.key] = traffic.now
