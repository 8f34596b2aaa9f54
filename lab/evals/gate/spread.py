"""Where the noise comes from: cases that differ, or answers to one case that do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean


@dataclass(frozen=True, slots=True)
class Spread:
    """`between` is the variance of the cases' true differences, `within` that of one repeat's difference
    about its case's own; both 0 or more. `repeats` is how many each case had, on average."""

    cases: int
    repeats: float
    between: float
    within: float

    def error(self, cases: int, repeats: float) -> float:
        """The standard error of the mean with so many cases and repeats."""
        return sqrt(self.between / cases + self.within / (cases * repeats))


def spread(by_case: Sequence[Sequence[float]]) -> Spread | None:
    """Of differences, second less first: cases x repeats. One-way analysis of variance: MSW = variance within
    a case, between = (MSB - MSW) / K. With one repeat all of it counts as between. None with fewer than two
    cases."""
    cases = len(by_case)
    if cases < 2:
        return None
    means = [fmean(each) for each in by_case]
    counts = [len(each) for each in by_case]
    free = sum(counts) - cases
    squares = sum((value - mean) ** 2 for each, mean in zip(by_case, means, strict=True) for value in each)
    whole = fmean(value for each in by_case for value in each)
    among = sum(count * (mean - whole) ** 2 for count, mean in zip(counts, means, strict=True)) / (cases - 1)
    usual = (sum(counts) - sum(count**2 for count in counts) / sum(counts)) / (cases - 1)
    within = squares / free if free else 0.0
    return Spread(cases, sum(counts) / cases, max((among - within) / usual, 0.0), within)
