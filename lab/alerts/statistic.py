"""What tells something unusual from chance. All of it is pure: numbers in, numbers out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

Z = 3.5
"""Standard errors that a share must lie above its limit: where the limit is just met, one window in 4,300 is
taken for more by chance."""
UNUSUAL = 5.0
"""Robust standard deviations from what is usual."""
WEEK = timedelta(weeks=1)
WEEKS = 4
FEWEST_WEEKS = 2
AROUND = 1
"""Hours before and after the same hour of the week, which tell what is usual together with it."""
FEWEST_HOURS = 24
"""Hours of the last week that are enough where there are no two weeks yet."""
SMALL = 200
"""Calls at which what chance makes of an hour is about as large as what else tells one hour from another: the
variance of an hour's value is taken to be in proportion to 1 + SMALL / calls."""
LEAST_SPREAD = 0.03
"""Of logarithms: the histograms that medians are read from are no finer."""
MAD = 1.4826
"""Median absolute deviations that make a standard deviation, of a normal distribution."""


class Hour(NamedTuple):
    """What the calls of an hour, which begins `at`, came to: `value` is on a scale on which differences
    count."""

    at: datetime
    calls: int
    value: float


class Usual(NamedTuple):
    """What is usual at an hour of the week: the `middle`, the robust standard deviation (`spread`) of an hour
    of very many calls, and from how many `hours` the middle was learned."""

    middle: float
    spread: float
    hours: int

    def z(self, calls: int, value: float) -> float:
        """The robust standard deviations between this and the middle; few calls are allowed more of it, by
        `SMALL`, and so is a middle that was learned from few hours (a median's variance is pi/2 that of a
        mean)."""
        doubt = math.sqrt(1 + math.pi / 2 / self.hours)
        return (value - self.middle) * _weight(calls) / (self.spread * doubt)


def above(count: int, of: int, z: float = Z) -> float:
    """The share that is at least so large with confidence: the lower end of Wilson's interval (E. B. Wilson,
    1927)."""
    if not count:
        return 0.0
    share, square = count / of, z * z
    spread = z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, (share + square / (2 * of) - spread) / (1 + square / of))


def over(histogram: Mapping[int, int], ratio: float, limit: float) -> float:
    """How many of a histogram's values lie above a limit; bucket n begins at ratio ** n, and one that the
    limit cuts counts in proportion."""
    place = math.log(limit, ratio)
    return sum(calls * min(max(bucket + 1 - place, 0.0), 1.0) for bucket, calls in histogram.items())


def log_median(histogram: Mapping[int, int], ratio: float) -> float:
    """The natural logarithm of a histogram's median, found within its bucket in proportion."""
    half, seen = sum(histogram.values()) / 2, 0.0
    for bucket in sorted(histogram):
        calls = histogram[bucket]
        if calls and seen + calls >= half:
            return (bucket + (half - seen) / calls) * math.log(ratio)
        seen += calls
    raise ValueError("A histogram of nothing has no median.")


def usual(at: datetime, past: Iterable[Hour]) -> Usual | None:
    """What is usual in the hour that begins then; None where too little is known.

    The middle is the median of the same hour of the week, and the ones around it, over `WEEKS` weeks; before
    there are two of them, of all hours of the last week. The spread is the median absolute deviation of all
    hours from what is usual for each.
    """
    known = [hour for hour in past if hour.at < at and hour.calls]
    same = _same(at, known)
    if len({round((at - hour.at) / WEEK) for hour in same}) >= FEWEST_WEEKS:
        middle, residuals = median(hour.value for hour in same), _residuals(known)
    else:
        same = [hour for hour in known if at - hour.at <= WEEK]
        if len(same) < FEWEST_HOURS:
            return None
        middle = median(hour.value for hour in same)
        residuals = [(hour.value - middle) * _weight(hour.calls) for hour in same]
    return Usual(middle, max(MAD * median(map(abs, residuals)), LEAST_SPREAD), len(same))


def _same(at: datetime, known: Sequence[Hour]) -> list[Hour]:
    """The hours of the weeks before that lie in the same place of their week, give or take `AROUND`."""
    around = timedelta(hours=AROUND)
    return [
        hour
        for hour in known
        for back in (round((at - hour.at) / WEEK),)
        if 1 <= back <= WEEKS and abs(at - hour.at - back * WEEK) <= around
    ]


def _residuals(known: Sequence[Hour]) -> list[float]:
    """How each hour differs from the median of its place in the week, weighted; a median of k values follows
    them by a share of 1 in k."""
    places: dict[int, list[Hour]] = {}
    for hour in known:
        number = hour.at.weekday() * 24 + hour.at.hour
        for near in range(-AROUND, AROUND + 1):
            places.setdefault((number + near) % 168, []).append(hour)
    usual = {place: (median(each.value for each in hours), len(hours)) for place, hours in places.items()}
    found = []
    for hour in known:
        middle, many = usual[hour.at.weekday() * 24 + hour.at.hour]
        if many > 2:
            found.append((hour.value - middle) * _weight(hour.calls) * math.sqrt(many / (many - 1)))
    return found or [0.0]


def _weight(calls: int) -> float:
    return math.sqrt(calls / (calls + SMALL))
