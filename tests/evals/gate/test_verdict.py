"""The verdicts, one by one, in the order in which they are tried."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest

from lab.evals.gate import Arm, Asked, Decision, Rule, decide

RULE = Rule()
Scores = Sequence[float | None]


def arm(name: str, scores: Scores | Mapping[str, Scores], dataset: str = "d", **about: object) -> Arm:
    """One repeat a case; the answers are all different from those of any other arm."""
    by_measure = scores if isinstance(scores, Mapping) else {"passed": scores}
    count = len(next(iter(by_measure.values())))
    cases = {
        f"c{at}": Asked({of: (each[at],) for of, each in by_measure.items()}, (f"{name} {at}",))
        for at in range(count)
    }
    return Arm(name, cases, dataset, **about)


def split(cases: int, lost: int, gained: int) -> tuple[Arm, Arm]:
    """Pass or fail: so many pass only before, so many only after, half of the others both times."""
    rest = [float(at % 2) for at in range(cases - lost - gained)]
    old = [1.0] * lost + [0.0] * gained + rest
    return arm("support@3", old), arm("support@4", [0.0] * lost + [1.0] * gained + rest)


@pytest.mark.parametrize(
    ("cases", "lost", "gained", "state", "code", "said"),
    [
        (200, 0, 0, "passed", 0, "support@4 is not worse than support@3 by more than 3 points."),
        (200, 30, 4, "failed", 1, "support@4 is worse than support@3: by 13 points (8.7 to 17.9 points)."),
        (30, 1, 1, "inconclusive", 0, "30 cases cannot tell whether support@4 is worse"),
        (60, 6, 2, "inconclusive", 4, "It leans worse: 6.7 points were lost."),
        (3000, 20, 0, "passed", 0, "a little worse, by 0.5 to 1 point, inside the margin."),
        (100, 5, 0, "failed", 1, "by 5 points"),
        (100, 4, 0, "inconclusive", 4, "More cases would probably show"),
        (88, 0, 0, "passed", 0, "not worse"),
        (87, 0, 0, "inconclusive", 0, "About 88 cases would decide."),
    ],
)
def test_pass_or_fail(cases: int, lost: int, gained: int, state: str, code: int, said: str) -> None:
    found = decide(RULE, *split(cases, lost, gained))
    assert (found.state, found.exit_code) == (state, code) and said in found.sentence


def test_scores_have_an_interval_that_assumes_no_shape_beside_the_other() -> None:
    drawn = random.Random(2)
    old, new = ([drawn.random() for _ in range(80)] for _ in range(2))
    [found] = decide(RULE, arm("a", old), arm("b", new)).measures
    low, high = found.resampled
    assert low == pytest.approx(found.low, abs=0.02) and high == pytest.approx(found.high, abs=0.02)
    [binary] = decide(RULE, *split(200, 30, 4)).measures
    assert binary.resampled is None


def test_what_cannot_be_compared() -> None:
    old, new = split(200, 0, 0)
    other = Arm(new.name, new.cases, "another")
    gone = arm("support@4", [None] * 5 + [1.0] * 195)
    for rule, second, said in [
        (RULE, other, "their cases or graders are not the same"),
        (RULE, gone, "5 of 200 cases have no verdict on one side or the other; at most 2%"),
        (Rule(measures=("judge",)), new, "Nothing can be said of 'judge'"),
        (RULE, Arm("support@4", {}, "d"), "200 of 200 cases have no verdict"),
    ]:
        found = decide(rule, old, second)
        assert (found.state, found.exit_code) == ("invalid", 3) and said in found.sentence


def test_the_few_that_are_missing_are_assumed_to_have_come_out_the_other_way() -> None:
    def with_missing(cases: int, missing: int, lost: int) -> Decision:
        old, new = [1.0] * cases, [None] * missing + [0.0] * lost + [1.0] * (cases - missing - lost)
        return decide(RULE, arm("a", old), arm("b", new))

    assert with_missing(1000, 5, 0).state == "passed"
    assert with_missing(200, 4, 0).state == "invalid"
    assert "4 cases have no verdict, and it would not be called passed" in with_missing(200, 4, 0).sentence
    assert with_missing(200, 4, 40).state == "failed"
    assert "called failed" in with_missing(100, 2, 6).sentence
    assert with_missing(40, 0, 1).state == "inconclusive"


def test_hard_rules_go_before_everything_that_is_counted() -> None:
    old, new = split(200, 0, 0)
    cases = dict(new.cases) | {"c3": Asked({"passed": (0.0,)}, ("x",), ("must_pass",))}
    found = decide(RULE, old, Arm("support@4", cases, "d"))
    assert (found.exit_code, found.broken) == (1, ("c3: must_pass",))
    assert found.sentence == "support@4 breaks a hard rule: c3: must_pass."


def test_the_same_answers_pass_whatever_the_size() -> None:
    cases = {"only": Asked({"passed": (1.0,)}, ("Yes.",))}
    found = decide(RULE, Arm("a", cases, "d"), Arm("b", cases, "d"))
    assert (found.state, found.sentence) == ("passed", "b gives the same answers as a.")
    other = Arm("b", {"only": Asked({"passed": (1.0,)}, ("No.",))}, "d")
    assert decide(RULE, Arm("a", cases, "d"), other).state == "inconclusive"


def test_repeats_are_reduced_to_their_mean_first() -> None:
    r = random.Random(1)
    cases = {f"c{at}": r.random() for at in range(120)}

    def asked(name: str, drop: float) -> Arm:
        return Arm(
            name,
            {
                case: Asked(
                    {"passed": tuple(float(r.random() < share - drop) for _ in range(3))}, (name,) * 3
                )
                for case, share in cases.items()
            },
            "d",
        )

    worse = decide(RULE, asked("a", 0), asked("b", 0.2))
    assert worse.state == "failed" and worse.measures[0].cases == 120
    assert worse.measures[0].method == "means"
    assert decide(RULE, asked("a", 0), asked("b", 0)).state == "inconclusive"


def test_scores_of_one_case_alone_say_nothing() -> None:
    found = decide(RULE, arm("a", [0.5]), arm("b", [0.7]))
    assert (found.state, "of 'passed' there are too few cases (1)" in found.sentence) == ("invalid", True)


def test_families_count_not_their_cases() -> None:
    old, new = split(200, 20, 4)
    families = {f"c{at}": f"document {at // 20}" for at in range(200)}
    rule = Rule(cluster="document")
    old, new = (Arm(each.name, each.cases, "d", families) for each in (old, new))
    assert decide(RULE, old, new).state == "failed"
    found = decide(rule, old, new)
    assert (found.state, found.measures[0].method) == ("inconclusive", "families")
    assert found.rule != decide(RULE, old, new).rule


def test_of_several_graders_each_must_pass_and_a_claim_of_worse_counts_the_others() -> None:
    same, fall = [1.0] * 100, [0.0] * 5 + [1.0] * 95
    old = arm("a", {"facts": same, "tone": same, "length": same})
    both = Rule(measures=("facts", "tone"))
    assert decide(both, old, arm("b", {"facts": fall, "tone": same})).state == "inconclusive"
    assert decide(Rule(measures=("facts",)), old, arm("b", {"facts": fall})).state == "failed"
    found = decide(both, old, arm("b", {"facts": [0.0] * 9 + [1.0] * 91, "tone": same}))
    assert found.state == "failed" and "by 9 points" in found.sentence
    assert found.measures[0].adjusted == pytest.approx(2 * found.measures[0].p)
