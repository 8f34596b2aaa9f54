"""What so many cases can see, and what it takes to see more."""

from __future__ import annotations

import random

import numpy
import pytest
from scipy import stats

from lab.evals.gate import Arm, Asked, Rule, decide, power
from lab.evals.gate.noise import Needs, Noise, needs, noise, pooled, seen


def arms(old: numpy.ndarray, new: numpy.ndarray, size: int = 1) -> tuple[Arm, Arm]:
    """Cases x repeats; so many cases are a family."""
    kin = {str(at): f"family {at // size}" for at in range(len(old))}
    return tuple(
        Arm(name, {str(at): Asked({"passed": tuple(row)}) for at, row in enumerate(side.tolist())}, "", kin)
        for name, side in (("old", old), ("new", new))
    )


@pytest.mark.parametrize(
    ("differing", "drops"),
    [
        (0.05, (None, None, 4.1, 2.9, 1.8)),
        (0.1, (None, 8.2, 5.8, 4.1, 2.6)),
        (0.2, (16.3, 11.5, 8.1, 5.8, 3.6)),
        (0.3, (19.9, 14.1, 10.0, 7.0, 4.4)),
    ],
)
def test_the_least_drop_that_is_seen(differing: float, drops: tuple[float | None, ...]) -> None:
    for cases, drop in zip((50, 100, 200, 400, 1000), drops, strict=True):
        found = seen(Noise(differing), cases, 1)
        assert found is None if drop is None else 100 * found == pytest.approx(drop, abs=0.06)


def test_power_of_pass_or_fail_is_that_of_every_way_it_can_come_out() -> None:
    r = random.Random(1)
    for _ in range(20):
        cases, differing = r.randint(5, 60), r.uniform(0.05, 0.9)
        drop = r.uniform(0, differing)
        whole = 0.0
        for differ in range(cases + 1):
            lost = numpy.arange(differ + 1)
            ps = stats.binom.sf(lost - 1, differ, 0.5)
            found = stats.binom.pmf(lost, differ, (differing + drop) / 2 / differing)[ps <= 0.05].sum()
            whole += stats.binom.pmf(differ, cases, differing) * found
        assert power.power(cases, differing, drop) == pytest.approx(whole, abs=1e-6)


@pytest.mark.parametrize("differing", [0.06, 0.2, 0.5])
def test_many_cases_are_approximated_as_well_as_enumerated(differing: float) -> None:
    drop = seen(Noise(differing), 900, 1)
    assert power.power(900, differing, drop) == pytest.approx(0.8, abs=0.02)
    cases = needs(Noise(differing), drop, 0.03, 100, 1).cases
    assert cases == pytest.approx(900, rel=0.01)


def test_where_the_noise_of_a_comparison_comes_from() -> None:
    r = numpy.random.default_rng(1)
    for size, repeats in [(1, 4), (1, 1), (5, 4)]:
        true = numpy.repeat(r.normal(0, 0.1, (4000 // size, 1)), size, axis=0)
        old, new = (0.5 + r.normal(0, 0.2, (4000, repeats)) for _ in range(2))
        found = noise("passed", *arms(old, new + true, size), size > 1)
        assert (found.binary, found.size, found.cases) == (False, size, 4000)
        if repeats == 1:  # all of it counts as the cases', which more answers would not make less
            assert (found.within, found.between) == (None, pytest.approx(0.01 + 0.08, rel=0.1))
        else:
            assert found.within == pytest.approx(0.08, rel=0.05)
            assert found.between == pytest.approx(0.01 * size, rel=0.25), "families err together"


def test_no_difference_seen_is_not_none_that_can_be() -> None:
    same = noise("passed", *arms(numpy.ones((50, 1)), numpy.ones((50, 1))), False)
    assert same.whole == 0 and pooled([same, same]).whole == pytest.approx(1 / 102)
    assert noise("passed", *arms(numpy.ones((1, 1)), numpy.ones((1, 1))), False) is None


def test_repeats_help_where_answers_to_one_case_differ() -> None:
    shaky = Noise(0.01, 0.19)
    found = needs(shaky, 0.05, 0.05, 120, 1)
    assert power.power_of_means(shaky.spread, 0.05, 120, found.repeats) >= 0.8
    assert power.power_of_means(shaky.spread, 0.05, 120, found.repeats - 1) < 0.8
    assert needs(Noise(0.19, 0.01), 0.05, 0.05, 120, 1).repeats is None, "there only more cases help"
    assert needs(shaky, 0.05, 0.05, 40, 1).repeats is None, "too few cases for the margin at all"
    assert needs(Noise(0.2), 0.05, 0.05, 120, 1) == Needs(533, None, False)


def test_an_open_verdict_names_the_cases_and_the_repeats_that_would_decide() -> None:
    r = numpy.random.default_rng(3)
    old, new = (r.random((60, 3)) < 0.5 for _ in range(2))
    found = decide(Rule(margin=0.1), *arms(old.astype(float), new.astype(float)))
    assert found.state == "inconclusive" and found.cases_needed > 60 and found.repeats_needed > 3
    said = f"About {found.cases_needed:,} cases, or {found.repeats_needed} repeats of these 60 would decide."
    assert said in found.sentence
