"""Evidence that may be looked at after every case, against what its definition says."""

from __future__ import annotations

import random

import numpy
import pytest

from lab.evals.gate import Course, Rule
from lab.evals.gate.evidence import STAKES, Bet, Evidence

CASES, AGAIN = 25, 100
"""The wealth that decides while cases come, and while they are repeated."""


def wealth(gains: list[float]) -> float:
    """Of bets side by side, by definition."""
    stakes = (numpy.arange(STAKES) + 0.5) / STAKES
    return float(numpy.mean([numpy.prod([1 + stake * gain for gain in gains]) for stake in stakes]))


def course(pairs: list[tuple[float, float]], margin: float = 0.1, **about: object) -> Course:
    """One answer a case to each side."""
    found = Course(Rule(margin=margin, **about), [(str(at),) for at in range(len(pairs))], 1)
    for at, (old, new) in enumerate(pairs):
        found.take(str(at), 1, (old,), new=False)
        found.take(str(at), 1, (new,), new=True)
    return found


def test_wealth_is_what_the_bets_come_to() -> None:
    r = random.Random(1)
    for _ in range(200):
        margin, size = r.choice([0.02, 0.1, 0.3]), r.randint(1, 30)
        values = [r.choice([-1.0, 0.0, 0.0, 1.0, r.uniform(-1, 1)]) for _ in range(size)]
        found = Evidence(margin)
        for at, value in enumerate(values):
            found.put(at, Bet(value, value))
        assert found.not_worse == pytest.approx(wealth([-value for value in values]))
        fine = wealth([(value + margin) / (1 - margin) for value in values])
        assert found.too_much_worse == pytest.approx(fine)
        again = r.randrange(size)
        values[again] = r.uniform(-1, 1)
        found.put(again, Bet(values[again], values[again]))
        assert found.not_worse == pytest.approx(wealth([-value for value in values]))


def test_the_interval_ends_where_the_wealth_against_a_mean_is_enough() -> None:
    r = random.Random(2)
    for _ in range(200):
        found, values = Evidence(0.1), [r.choice([-1.0, 0.0, 0.0, 1.0]) for _ in range(r.randint(20, 60))]
        for at, value in enumerate(values):
            found.put(at, Bet(value, value))
        low, high = found.interval(CASES, CASES)
        assert low < numpy.mean(values) < high, "what was seen is never excluded"
        if low > -0.99:
            assert wealth([(value - low) / (1 + low) for value in values]) == pytest.approx(CASES, rel=1e-3)
        if high < 0.99:
            assert wealth([(high - value) / (1 - high) for value in values]) == pytest.approx(CASES, rel=1e-3)
        assert (found.not_worse >= CASES) == (high < 0) or high == pytest.approx(0, abs=1e-5)
        assert (found.too_much_worse >= CASES) == (low > -0.1) or low == pytest.approx(-0.1, abs=1e-5)


def test_it_is_decided_by_the_order_of_the_cases_and_not_by_what_comes_first() -> None:
    r = random.Random(3)
    pairs = [(1.0, float(r.random() < 0.5)) for _ in range(60)]
    expected = course(pairs)
    assert expected.state == "failed" and expected.looks[-1].not_worse >= CASES > expected.looks[-2].not_worse
    answers = [(str(at), new) for at in range(60) for new in (False, True)]
    for _ in range(20):
        r.shuffle(answers)
        found = Course(expected.rule, expected.units, 1)
        for case, new in answers:
            found.take(case, 1, (pairs[int(case)][new],), new=new)
        assert (found.looks, found.measures()) == (expected.looks, expected.measures())


def test_what_has_no_verdict_is_counted_for_both_claims() -> None:
    known = [(1.0, 1.0)] * 20
    missing = course([*known, (1.0, None)])
    assert missing.looks[-1].not_worse == pytest.approx(course([*known, (0.0, 1.0)]).looks[-1].not_worse)
    lost = course([*known, (1.0, 0.0)]).looks[-1].too_much_worse
    assert missing.looks[-1].too_much_worse == pytest.approx(lost)
    assert missing.measures()[0].missing == 1


def test_several_measures_all_have_to_pass_and_any_may_fail() -> None:
    rule = Rule(margin=0.2, measures=("passed", "tone"))
    found = Course(rule, [(str(at),) for at in range(80)], 1)
    for at in range(80):
        found.take(str(at), 1, (1.0, 1.0), new=False)
        found.take(str(at), 1, (1.0, 0.0), new=True)
    assert found.state == "failed" and found.looks[-1].failed_at == pytest.approx(2 * CASES)
    assert [measure.high <= 0 for measure in found.measures()] == [False, True]
    assert found.measures()[1].adjusted == pytest.approx(2 * found.measures()[1].p)


def test_families_are_looked_at_whole_and_count_by_their_size() -> None:
    r = random.Random(4)
    units = [("a", "b", "c"), ("d",), ("e", "f")]
    found = Course(Rule(margin=0.1, cluster="family"), units, 1, {case: (0.5,) for case in "abcdef"})
    apart = {case: r.uniform(-0.5, 0.5) for case in "abcdef"}
    for case, value in apart.items():
        assert found.steps == sum(all(each < case for each in unit) for unit in units)
        found.take(case, 1, (0.5 + value,), new=True)
    sums = [sum(apart[case] for case in unit) / 3 for unit in units]
    assert found.looks[-1].not_worse == pytest.approx(wealth([-each for each in sums]))
    fine = [(each + 0.1 * len(unit) / 3) / 0.9 for each, unit in zip(sums, units, strict=True)]
    assert found.looks[-1].too_much_worse == pytest.approx(wealth(fine))


def test_repeats_count_by_their_mean_take_more_and_stop_where_they_do_not_help() -> None:
    def repeated(values: list[list[float]]) -> Course:
        """Differences of each case, answer by answer."""
        found = Course(Rule(margin=0.05), [(str(at),) for at in range(len(values))], 1)
        for repeat in range(len(values[0])):
            for at, each in enumerate(values):
                found.take(str(at), repeat + 1, (0.0 if each[repeat] > 0 else 1.0,), new=False)
                found.take(str(at), repeat + 1, (1.0 if each[repeat] > 0 else 1 + each[repeat],), new=True)
        return found

    shaky = repeated([[-1.0, 1.0], [1.0, -1.0]] * 20)
    assert shaky.steps == 80 and shaky.looks[-1].not_worse == pytest.approx(1.0), "every mean is 0"
    assert shaky.looks[-1].failed_at == pytest.approx(AGAIN)
    fixed = repeated([[-1.0, -1.0], [1.0, 1.0]] * 20)
    assert fixed.futile and fixed.steps == 60, "answers to one case do not vary"
    assert repeated([[0.0, 0.0]] * 40).steps == 40, "nothing differs at all"
