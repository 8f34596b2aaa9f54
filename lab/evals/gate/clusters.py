"""Cases that come in families, such as questions about one document: they err together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from math import sqrt
from statistics import fmean

from lab.evals.paired import Interval, t_quantile, tango

LEVEL = 0.9


def clustered(values: Sequence[float], families: Sequence[Hashable], level: float = LEVEL) -> Interval | None:
    """The mean of the values, by how much the families' means are apart: Var = sum of (sum of a family's
    deviations)^2 / n^2 x C / (C - 1), Student's t with C - 1 degrees of freedom (Liang and Zeger, Biometrika
    73, 1986, 13-22). None with fewer than two families. Where none deviates, they say nothing of how far
    others may be: then it is as wide as where pass and fail differ in none of so many families."""
    mean, count = fmean(values), len({*families})
    if count < 2:
        return None
    found = error(values, families)
    reach = t_quantile((1 + level) / 2, count - 1) * found if found else tango(count, 0, 0, level)[1]
    return Interval(len(values), mean, mean - reach, mean + reach)


def error(values: Sequence[float], families: Sequence[Hashable]) -> float:
    """The standard error of the mean, of two families or more; 0 where none deviates."""
    mean, sums = fmean(values), totals(values, families)
    count, cases = len(sums), len(values)
    sizes = totals([1.0] * cases, families)
    spread = sum((total - size * mean) ** 2 for total, size in zip(sums, sizes, strict=True))
    spread = 0.0 if spread < 1e-12 else spread  # what rounding leaves of none
    return sqrt(spread * count / (count - 1)) / cases


def totals(values: Sequence[float], families: Sequence[Hashable]) -> list[float]:
    """The sum of each family's values, families in the order they come."""
    found: dict[Hashable, float] = defaultdict(float)
    for value, family in zip(values, families, strict=True):
        found[family] += value
    return [*found.values()]
