"""How sure a difference between two variants is, asked the same cases: intervals, and how many cases decide.

Two kinds of values: pass or fail (0 and 1), for which only the cases that differ say anything (Tango's score
interval, Statistics in Medicine 17, 1998, 891-908), and any others, such as scores or means over repeats
(Student's t on the differences by case). Only the standard library is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import atan, ceil, cos, fsum, inf, pi, sin, sqrt
from statistics import NormalDist, fmean, stdev

LEVEL = 0.9
"""Of a two-sided interval: each of its ends errs once in twenty times."""
POWER = 0.8
"""How often so many cases as are `needed` will show what is so."""
EXACT = 200
"""Degrees of freedom up to which the quantile of Student's t is searched for, not approximated."""
STEPS = 60
"""Halvings of a search: more than a float has bits."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What was measured on so many cases, and from where to where it may be in truth."""

    cases: int
    value: float
    low: float
    high: float

    @property
    def above(self) -> float:
        """How far it reaches up."""
        return self.high - self.value

    @property
    def below(self) -> float:
        """How far it reaches down."""
        return self.value - self.low


@dataclass(frozen=True, slots=True)
class Difference(Interval):
    """Of two variants on the same cases: the second less the first. `gained` and `lost` count the cases in
    which the second is better and worse, `variance` is that of one case's difference."""

    gained: int
    lost: int
    variance: float


def difference(first: Sequence[float], second: Sequence[float], level: float = LEVEL) -> Difference | None:
    """Of values of the same cases, in the same order. None where there are too few: none, or one that is not
    pass or fail."""
    apart = [b - a for a, b in zip(first, second, strict=True)]
    gained, lost, cases = sum(each > 0 for each in apart), sum(each < 0 for each in apart), len(apart)
    if binary([*first, *second]):
        if not cases:
            return None
        mean = (gained - lost) / cases
        low, high = tango(cases, gained, lost, level)
        return Difference(cases, mean, low, high, gained, lost, (gained + lost) / cases - mean**2)
    if cases < 2:
        return None
    found = student(apart, level)
    return Difference(cases, found.value, found.low, found.high, gained, lost, stdev(apart) ** 2)


def measured(values: Sequence[float], level: float = LEVEL) -> Interval | None:
    """The mean of one variant's values by case; None where there are too few."""
    if binary(values):
        return wilson(sum(value == 1 for value in values), len(values), level) if values else None
    return student(values, level) if len(values) > 1 else None


def binary(values: Sequence[float]) -> bool:
    """Whether they are all pass or fail."""
    return all(value in (0, 1) for value in values)


def wilson(passed: int, cases: int, level: float = LEVEL) -> Interval:
    """The share that passes. Wilson's score interval (Journal of the American Statistical Association 22,
    1927, 209-212)."""
    z, share = _normal(level), passed / cases
    whole = 1 + z * z / cases
    centre = (share + z * z / (2 * cases)) / whole
    reach = z / whole * sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases))
    low, high = 0.0 if passed == 0 else centre - reach, 1.0 if passed == cases else centre + reach
    return Interval(cases, share, low, high)


def student(values: Sequence[float], level: float = LEVEL) -> Interval:
    """The mean of two or more values that lie at most 1 from 0. Where they are all the same they say nothing
    of how far others may be: then it is as wide as where pass and fail differ in none of so many cases."""
    cases, mean = len(values), fmean(values)
    spread = stdev(values)
    reach = t_quantile((1 + level) / 2, cases - 1) * spread / sqrt(cases)
    if spread < 1e-12:  # what rounding leaves of none
        reach = tango(cases, 0, 0, level)[1]
    return Interval(cases, mean, mean - reach, mean + reach)


def tango(cases: int, gained: float, lost: float, level: float = LEVEL) -> tuple[float, float]:
    """From where to where the difference of two paired pass rates may be: all those that a score test at this
    level does not reject. `gained` of the cases pass only the second time, `lost` only the first."""
    z, mean = _normal(level), (gained - lost) / cases

    def beyond(at: float) -> float:
        """How far the test statistic is from 0 if the true difference were that."""
        off = cases * (mean - at)
        variance = cases * (2 * _lost_if(at, cases, gained, lost) + at - at * at)
        return off / sqrt(variance) if variance > 1e-12 else (off and (inf if off > 0 else -inf))

    low = _search(lambda at: beyond(at) <= z, -1.0, mean)
    high = _search(lambda at: beyond(at) < -z, mean, 1.0)
    return low, high


def _lost_if(at: float, cases: int, gained: float, lost: float) -> float:
    """The likeliest share of cases that pass only the first time, if the true difference were `at`: where the
    derivative of the likelihood is 0, a quadratic equation."""
    b = (2 * cases - gained + lost) * at - gained - lost
    c = -lost * at * (1 - at)
    return max((sqrt(max(b * b - 8 * cases * c, 0.0)) - b) / (4 * cases), 0.0, -at)


def needed(of: Difference, margin: float, level: float = LEVEL, power: float = POWER) -> int | None:
    """How many cases would show that the second is less than `margin` worse, if what was seen is what is so;
    None where no number would. At least as many as it takes where none differs."""
    room = of.value + margin
    if room <= 0:
        return None
    z = _normal(level)
    fewest = ceil(z * z * (1 - margin) / margin)
    return max(ceil((z + NormalDist().inv_cdf(power)) ** 2 * of.variance / room**2), fewest)


def t_quantile(share: float, freedom: int) -> float:
    """Below which a value of Student's t with so many degrees of freedom is with this probability (at least a
    half)."""
    if freedom <= EXACT:
        return _search(lambda t: _t_below(t, freedom) >= share, 0.0, 1e4)
    z = NormalDist().inv_cdf(share)  # Cornish and Fisher's expansion
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def _t_below(t: float, freedom: int) -> float:
    """The probability of a value below t, from 0 up: a finite sum (Abramowitz and Stegun, 26.7.3 and 4)."""
    angle, odd = atan(t / sqrt(freedom)), freedom % 2
    term, terms = (cos(angle) if odd else 1.0), []
    for number in range(freedom // 2):
        terms.append(term)
        term *= cos(angle) ** 2 * (2 * number + 1 + odd) / (2 * number + 2 + odd)
    inside = 2 / pi * (angle + sin(angle) * fsum(terms)) if odd else sin(angle) * fsum(terms)
    return (1 + inside) / 2


def _search(reached: Callable[[float], bool], low: float, high: float) -> float:
    """The least value between the two from which on something holds."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _normal(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)
