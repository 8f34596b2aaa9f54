"""`python -m tests.bench alerts [CALLS_AN_HOUR …]`: how often alerts are false, and how soon a change is
found, on seeded traffic with the rhythm of a day and of a week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median

from tests.alerts.rhythm import START, Change, opened, traffic
from tests.bench._bench import table

LEARNING = timedelta(weeks=4)
WEEKS = 8
"""That are looked at for false alarms, after those in which is learned."""
SEEDS = 3
RULES = ("errors", "first_token", "tokens", "cache")
CHANGES = {
    "tokens x 1.5": ("tokens", {"tokens": 1.5}),
    "cache hits 70 % to 20 %": ("cache", {"hits": 0.2}),
    "errors 0.4 % to 10 %": ("errors", {"errors": 0.1}),
    "first tokens x 2": ("first_token", {"first": 2.0}),
}
TIMES = 24
"""Injections of each change, each at another hour of the week."""
PATIENCE = timedelta(hours=6)


def main(arguments: list[str]) -> None:
    rates = [float(each) for each in arguments] or [30.0, 200.0, 1000.0]
    print(f"False alarms: {SEEDS * WEEKS} weeks at each rate, a look every five minutes\n")
    rows = [("calls an hour", *RULES, "together, a week")]
    for rate in rates:
        found = Counter(rule for seed in range(SEEDS) for rule in _false(seed, rate))
        counts = (str(found[rule]) for rule in RULES)
        rows.append((f"{rate:g}", *counts, f"{sum(found.values()) / (SEEDS * WEEKS):.2f}"))
    table(rows)
    print(f"\nChanges: {TIMES} of each, at another hour of the week each; found within {PATIENCE}\n")
    rows = [("change", "calls an hour", "found", "median minutes", "longest")]
    for name, (rule, change) in CHANGES.items():
        for rate in rates:
            delays = [_delay(time, rate, rule, change) for time in range(TIMES)]
            there = sorted(each for each in delays if each is not None)
            middle, last = (f"{median(there):.0f}", f"{there[-1]:.0f}") if there else ("–", "–")
            rows.append((name, f"{rate:g}", f"{len(there)} of {TIMES}", middle, last))
    table(rows)


def _false(seed: int, rate: float) -> Iterator[str]:
    weeks = LEARNING / timedelta(weeks=1) + WEEKS
    for _, found in opened(traffic(seed, weeks, rate, since=START + LEARNING)):
        yield found.rule


def _delay(time: int, rate: float, rule: str, change: dict[str, float]) -> float | None:
    """Minutes until an alert of the rule opens; None: it does not in time."""
    at: datetime = START + LEARNING + timedelta(hours=168 * time / TIMES, minutes=7 * time % 60)
    weeks = (at + PATIENCE - START) / timedelta(weeks=1)
    for when, found in opened(traffic(100 + time, weeks, rate, Change(at, **change), since=at)):
        if found.rule == rule:
            return (when - at) / timedelta(minutes=1)
    return None
