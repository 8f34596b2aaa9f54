"""How fast and how well answers were served: rates and percentiles, from the sums that are kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lab.store import Connection, Day, rollups
from lab.types import Principal

Key = tuple[Any, ...]
SUMS = (
    "calls", "ok", "refused", "blocked", "failed", "stalled", "truncated", "cancelled", "unknown", "cut",
    "refused_in_words", "asked", "followed", "thumbs_up", "thumbs_down",
)  # fmt: skip
SPREADS = ("first_token", "total", "speed", "turns")
"""What has percentiles."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Values of many answers: themselves, in their order (`exact`), or how many of them fall into which
    bucket of a histogram."""

    buckets: Mapping[int, int] = field(default_factory=dict)
    exact: Sequence[float] = ()

    @property
    def many(self) -> int:
        return len(self.exact) or sum(self.buckets.values())

    def at(self, share: float) -> float | None:
        """The value that this share of them does not exceed; None of none. From a histogram it is at most
        `rollups.ERROR` of itself off."""
        if self.exact:
            return rollups.exactly_at(self.exact, share)
        return rollups.percentile(self.buckets, share)

    def up_to(self, value: float) -> float:
        """How many of them are no more than this."""
        if self.exact:
            return sum(each <= value for each in self.exact)
        return rollups.up_to(self.buckets, value)


@dataclass(frozen=True, slots=True)
class Vitals:
    """Some calls: how many of each (`SUMS`), and the spreads of what is measured of their answers."""

    sums: Mapping[str, int]
    spreads: Mapping[str, Spread]

    @property
    def errors(self) -> int:
        """Calls that got no whole answer, by no will of ours: those in doubt too."""
        return sum(self.sums[name] for name in ("failed", "stalled", "truncated", "unknown"))

    @property
    def tried(self) -> int:
        """Calls that could fail: all but those that somebody cancelled or that were not let out."""
        return self.sums["calls"] - self.sums["cancelled"] - self.sums["blocked"]

    @property
    def refusals(self) -> int:
        return self.sums["refused"] + self.sums["refused_in_words"]

    @property
    def answers(self) -> int:
        return self.sums["ok"] + self.sums["refused"]

    def of(self, measure: str) -> tuple[int, int]:
        """How many of how many, for a measure of `objectives.SHARES`."""
        sums = self.sums
        return {
            "errors": (self.errors, self.tried),
            "refusals": (self.refusals, self.answers),
            "truncations": (sums["cut"], self.answers),
            "follow_ups": (sums["followed"], sums["asked"]),
            "thumbs_up": (sums["thumbs_up"], sums["thumbs_up"] + sums["thumbs_down"]),
        }[measure]

    def rate(self, measure: str) -> float | None:
        """The same as a share, from 0 to 1; None where there is nothing that it could be of."""
        part, whole = self.of(measure)
        return part / whole if whole else None


def vitals(
    connection: Connection,
    principal: Principal,
    days: Sequence[Day],
    by: Sequence[str],
    where: Mapping[str, Any],
    exact: bool = False,
) -> dict[Key, Vitals]:
    """The vitals of the calls that the person may see, for each of what they have of `by` ("day", "model",
    "prompt", "version" …). `exact`: percentiles from the calls themselves, as far as they are still there."""
    rows = rollups.rolled(connection, principal, days, SUMS, by, where)
    spreads: dict[Key, dict[str, Spread]] = defaultdict(lambda: dict.fromkeys(SPREADS, Spread()))
    if exact:
        for name, found in rollups.measured(connection, principal, days, SPREADS, by, where).items():
            for key, values in found.items():
                spreads[key][name] = Spread(exact=values)
    for name in () if exact else SPREADS:
        for key, buckets in rollups.histograms(connection, principal, days, name, by, where).items():
            spreads[key][name] = Spread(buckets)
    keys = {tuple(row[name] for name in by): row for row in rows}
    return {key: Vitals({name: row[name] for name in SUMS}, spreads[key]) for key, row in keys.items()}


def together(found: Iterable[Vitals]) -> Vitals:
    """All of these calls."""
    sums: Counter[str] = Counter(dict.fromkeys(SUMS, 0))
    buckets: dict[str, Counter[int]] = {name: Counter() for name in SPREADS}
    exact: dict[str, list[float]] = {name: [] for name in SPREADS}
    for each in found:
        sums.update(each.sums)
        for name, spread in each.spreads.items():
            buckets[name].update(spread.buckets)
            exact[name] += spread.exact
    return Vitals(sums, {name: Spread(buckets[name], sorted(exact[name])) for name in SPREADS})


def folded(found: Mapping[Key, Vitals], kept: Callable[[Key], Key]) -> dict[Key, Vitals]:
    """The same by less of what they have in common: those whose `kept` is the same are put together."""
    parts: dict[Key, list[Vitals]] = defaultdict(list)
    for key, each in found.items():
        parts[kept(key)].append(each)
    return {key: together(each) for key, each in parts.items()}


def hours(first: datetime, last: datetime) -> list[Day]:
    """Every full hour of UTC between two times, as the spans that `vitals` reads, each named by its beginning
    in the zone of `first`."""
    at, found = first.astimezone(UTC).replace(minute=0, second=0, microsecond=0), []
    while at < last:
        found.append((at.astimezone(first.tzinfo), at, at + timedelta(hours=1)))
        at += timedelta(hours=1)
    return found
