"""Intervals of paired differences, against a likelihood whose highest point is searched for, densities that
are added up, and every outcome there can be."""

from __future__ import annotations

from math import comb, gamma, log, pi, sqrt
from statistics import NormalDist, fmean

import pytest

from lab.evals import paired
from lab.evals.paired import difference, measured, needed, student, t_quantile, tango, wilson

Z = NormalDist().inv_cdf(0.95)


def likelihood(at: float, lost: float, cases: int, gained: int, was: int) -> float:
    """Its logarithm where `lost` of all cases pass only the first time and the true difference is `at`."""
    shares = ((gained, lost + at), (was, lost), (cases - gained - was, 1 - 2 * lost - at))
    if any(share < 0 or (count and share <= 0) for count, share in shares):
        return float("-inf")
    return sum(count * log(share) for count, share in shares if count)


def statistic(at: float, cases: int, gained: int, was: int) -> float:
    """Of the score test, at the likeliest share, which is found by narrowing it down."""
    low, high = max(0.0, -at), (1 - at) / 2
    for _ in range(200):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if likelihood(at, left, cases, gained, was) < likelihood(at, right, cases, gained, was):
            low = left
        else:
            high = right
    lost = (low + high) / 2
    return (gained - was - cases * at) / sqrt(cases * (2 * lost + at - at * at))


@pytest.mark.parametrize(
    ("cases", "gained", "lost"),
    [(10, 1, 0), (20, 3, 3), (50, 5, 9), (50, 0, 4), (100, 0, 0), (300, 31, 12), (12, 5, 7), (1319, 40, 63)],
)
def test_the_ends_of_an_interval_are_where_the_score_test_rejects(cases: int, gained: int, lost: int) -> None:
    low, high = tango(cases, gained, lost)
    assert statistic(low, cases, gained, lost) == pytest.approx(Z, abs=1e-3)
    assert statistic(high, cases, gained, lost) == pytest.approx(-Z, abs=1e-3)
    back = tango(cases, lost, gained)
    assert (-back[1], -back[0]) == pytest.approx((low, high))


def test_where_none_differs_it_narrows_as_the_cases_grow() -> None:
    for cases in (1, 10, 60, 88, 1000):
        assert tango(cases, 0, 0)[1] == pytest.approx(Z * Z / (cases + Z * Z))
    assert tango(60, 0, 0)[1] == pytest.approx(0.043, abs=5e-4)
    assert tango(87, 0, 0)[0] < -0.03 < tango(88, 0, 0)[0]


@pytest.mark.parametrize(("cases", "gained", "lost"), [(7, 7, 0), (7, 0, 7), (1, 1, 0), (1, 0, 1), (1, 0, 0)])
def test_at_the_edge(cases: int, gained: int, lost: int) -> None:
    low, high = tango(cases, gained, lost)
    assert -1 <= low <= (gained - lost) / cases <= high <= 1 and low < high


@pytest.mark.parametrize(("wins", "losses"), [(0.1, 0.1), (0.05, 0.15), (0.3, 0.1), (0.02, 0.02)])
def test_it_holds_the_truth_as_often_as_it_says(wins: float, losses: float) -> None:
    cases, held = 25, 0.0
    for gained in range(cases + 1):
        for lost in range(cases + 1 - gained):
            chance = comb(cases, gained) * comb(cases - gained, lost) * wins**gained * losses**lost
            chance *= (1 - wins - losses) ** (cases - gained - lost)
            if chance > 1e-9:
                low, high = tango(cases, gained, lost)
                held += chance * (low <= wins - losses <= high)
    assert held > 0.86


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 6.3138), (2, 2.92), (3, 2.3534), (4, 2.1318), (5, 2.015), (9, 1.8331), (30, 1.6973), (120, 1.6577),
     (1000, 1.6464)],
)  # fmt: skip
def test_student_s_t_is_that_of_the_tables(freedom: int, quantile: float) -> None:
    assert t_quantile(0.95, freedom) == pytest.approx(quantile, abs=6e-5)


@pytest.mark.parametrize("freedom", [1, 2, 7, 8, 50])
def test_student_s_t_cuts_off_the_share_that_its_density_has(freedom: int) -> None:
    t, steps = t_quantile(0.975, freedom), 20_000
    scale = gamma((freedom + 1) / 2) / sqrt(freedom * pi) / gamma(freedom / 2)
    middles = ((number + 0.5) * t / steps for number in range(steps))
    inside = fmean((1 + x * x / freedom) ** (-(freedom + 1) / 2) for x in middles) * t * scale
    assert 0.5 + inside == pytest.approx(0.975, abs=1e-6)


def test_the_two_ways_to_a_quantile_meet() -> None:
    searched = t_quantile(0.95, paired.EXACT)
    assert 0 < searched - t_quantile(0.95, paired.EXACT + 1) < 1e-4


def test_the_mean_of_differences() -> None:
    """Four values with a mean of 0.1 and a standard deviation of 0.2: 2.3534 x 0.2 / 2 to each side."""
    found = student([0.1 - 0.1732051, 0.1 + 0.1732051, 0.1 - 0.1732051, 0.1 + 0.1732051])
    assert (found.value, found.low, found.high) == pytest.approx((0.1, -0.13534, 0.33534), abs=1e-5)


def test_pass_and_fail_are_held_against_each_other_by_the_cases_that_differ() -> None:
    first, second = [1, 1, 1, 0, 0, 1], [1, 0, 1, 1, 0, 1]
    found = difference(first, second)
    assert (found.cases, found.value, found.gained, found.lost) == (6, 0, 1, 1)
    assert (found.low, found.high) == tango(6, 1, 1) and found.variance == pytest.approx(2 / 6)


def test_scores_and_means_over_repeats_are_held_against_each_other_by_their_mean() -> None:
    found = difference([0.5, 1.0, 0.25], [0.75, 1.0, 0.0])
    same = student([0.25, 0.0, -0.25])
    assert (found.value, found.low, found.high) == (0, same.low, same.high)
    assert (found.gained, found.lost, found.variance) == (1, 1, pytest.approx(0.0625))


def test_scores_that_never_differ_prove_no_more_than_cases_that_never_do() -> None:
    found = difference([0.5, 0.7, 0.9], [0.5, 0.7, 0.9])
    assert (found.low, found.high) == pytest.approx(tango(3, 0, 0))


@pytest.mark.parametrize("values", [[], [0.5]])
def test_too_few(values: list[float]) -> None:
    assert difference(values, values) is None and measured(values) is None


def test_a_single_pass_rate() -> None:
    """Wilson's interval of 9 in 10 at 90 %, and at both edges."""
    found = wilson(9, 10)
    assert (found.value, found.low, found.high) == pytest.approx((0.9, 0.652281, 0.977365), abs=1e-6)
    for low in (found.low, found.high):  # where the score test rejects
        assert abs(0.9 - low) / sqrt(low * (1 - low) / 10) == pytest.approx(Z)
    assert wilson(0, 10).low == 0 and wilson(10, 10).high == 1
    assert measured([1, 1, 0]) == wilson(2, 3) and measured([1, 0.5]) == student([1, 0.5])


def test_how_many_cases_decide() -> None:
    same = difference([1] * 50, [1] * 50)
    assert needed(same, 0.03) == 88
    worse = difference([1] * 50, [0] * 4 + [1] * 46)
    assert worse.value == -0.08 and needed(worse, 0.03) is None
    mixed = difference([1] * 10 + [0] * 90, [0] * 10 + [1] * 10 + [0] * 80)
    assert needed(mixed, 0.03) == 1374  # 2.4865² x 0.2 / 0.03²
    assert needed(mixed, 0.1) == 124
