"""What a dataset can see, and what it takes to see more: known before anything is spent.

Of pass or fail, once a case: enumerated under the gate's own rule. Of scores and repeats: Student's t with
the noncentral distribution's normal approximation (Johnson, Kotz and Balakrishnan, Continuous Univariate
Distributions 2, 1995, 31.5). Drops are shares of 1, positive where it is worse.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import ceil, sqrt
from statistics import NormalDist

from lab.evals.gate.mcnemar import binomial, needed_losses
from lab.evals.gate.spread import Spread
from lab.evals.paired import t_quantile

ALPHA, POWER = 0.05, 0.8
STEPS = 16
"""Halvings in the search for a drop: finer than anybody reads."""
MANY = 500
"""Cases beyond which it is not enumerated, which would take seconds, but approximated."""
MOST = 1_000_000
"""Cases beyond which nobody is told to go."""


def power(cases: int, differing: float, drop: float, alpha: float = ALPHA) -> float:
    """How often pass or fail on so many cases shows such a drop, where this share of them differs (at least
    the drop)."""
    lost = min((differing + drop) / (2 * differing), 1.0) if differing else 0.0
    return sum(likely * _found(differ, lost, alpha) for differ, likely in _differing(cases, differing))


def seen(cases: int, differing: float, alpha: float = ALPHA, wanted: float = POWER) -> float | None:
    """The least drop that is found so often; None where even the greatest possible one is not."""

    def shown(drop: float) -> bool:
        if cases > MANY:
            return _about(differing, drop, alpha, wanted) <= cases
        return power(cases, differing, drop, alpha) >= wanted

    return _least(shown, differing) if shown(differing) else None


def cases_needed(differing: float, drop: float, alpha: float = ALPHA, wanted: float = POWER) -> int | None:
    """How many cases find such a drop so often. None where the drop is more than can differ, or no number
    that anybody could have does."""
    if not 0 < drop <= differing:
        return None
    if (about := ceil(_about(differing, drop, alpha, wanted))) > MANY:
        return about if about <= MOST else None
    return _first(lambda cases: power(cases, differing, drop, alpha) >= wanted)


def _about(differing: float, drop: float, alpha: float, wanted: float) -> float:
    """How many cases find such a drop so often: the normal approximation (Miettinen, Biometrics 24, 1968,
    339-352), and 2 / drop more, since an exact test is cautious. Above 500 cases that is within one in a
    hundred of what enumeration gives."""
    z, beyond = NormalDist().inv_cdf(1 - alpha), NormalDist().inv_cdf(wanted)
    return (z * sqrt(differing) + beyond * sqrt(differing - drop**2)) ** 2 / drop**2 + 2 / drop


def power_of_means(noise: Spread, drop: float, cases: int, repeats: float, alpha: float = ALPHA) -> float:
    """How often means over repeats show such a drop. Where cases come in families, count these in their
    place, and let the noise be that of their means."""
    free = cases - 1
    if free < 1:
        return 0.0
    error = noise.error(cases, repeats)
    if error == 0:
        return float(drop > 0)
    bound = t_quantile(1 - alpha, free)
    shifted = drop / error - bound * (1 - 1 / (4 * free))
    return NormalDist().cdf(shifted / sqrt(1 + bound**2 / (2 * free)))


def seen_in_means(
    noise: Spread,
    cases: int,
    repeats: float,
    alpha: float = ALPHA,
    wanted: float = POWER,
) -> float | None:
    """The least drop that means over repeats find so often; None where not even one of 1 is."""
    if power_of_means(noise, 1.0, cases, repeats, alpha) < wanted:
        return None
    return _least(lambda drop: power_of_means(noise, drop, cases, repeats, alpha) >= wanted, 1.0)


def cases_for_means(
    noise: Spread, drop: float, repeats: float, alpha: float = ALPHA, wanted: float = POWER
) -> int | None:
    """How many cases find such a drop so often with so many repeats; None where no number anybody could have
    does."""
    return _first(lambda cases: power_of_means(noise, drop, cases, repeats, alpha) >= wanted)


def repeats_for_means(
    noise: Spread, drop: float, cases: int, most: int = 100, alpha: float = ALPHA, wanted: float = POWER
) -> int | None:
    """How many repeats of so many cases find such a drop so often; None where no number up to `most` does:
    then only more cases help."""
    enough = (
        repeats
        for repeats in range(1, most + 1)
        if power_of_means(noise, drop, cases, repeats, alpha) >= wanted
    )
    return next(enough, None)


def _differing(cases: int, share: float) -> list[tuple[int, float]]:
    """How many may differ, and how likely that is; what is likely only once in a billion is left out."""
    middle, reach = cases * share, 7 * sqrt(cases * share * (1 - share)) + 7
    low, high = max(int(middle - reach), 0), min(int(middle + reach) + 1, cases)
    return [(differ, binomial(cases, differ, share)) for differ in range(low, high + 1)]


def _found(differ: int, lost: float, alpha: float) -> float:
    """How often so many cases that differ show that it is worse, if each is lost with this probability."""
    least = _needed_losses(differ, alpha)
    if least is None:
        return 0.0
    return sum(binomial(differ, number, lost) for number in range(least, differ + 1))


_needed_losses = cache(needed_losses)


def _least(reached: Callable[[float], bool], most: float) -> float:
    low, high = 0.0, most
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _first(reached: Callable[[int], bool]) -> int | None:
    """The least number of cases from which on, but for the steps of exact tests, something holds."""
    high = 2
    while not reached(high):
        high *= 2
        if high > MOST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
