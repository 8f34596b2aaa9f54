"""What the grades of an answer come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.evals import metric_cells, metrics, scoring, why
from lab.evals.means import means
from lab.graders import Grade


def grade(passed: bool | None, score: float | None = None, weight: float = 1.0) -> Grade:
    return Grade("g", passed, "r", score, weight)


@pytest.mark.parametrize(
    ("grades", "threshold", "passed", "score"),
    [
        ([], None, None, 1.0),
        ([], 0.5, None, 1.0),
        ([grade(True)], None, True, 1.0),
        ([grade(False)], None, False, 0.0),
        ([grade(None)], None, None, None),
        ([grade(True), grade(False)], None, False, 0.5),
        ([grade(None), grade(False)], None, False, None),
        ([grade(None), grade(True)], None, None, None),
        ([grade(True, 0.8), grade(True, 0.9)], None, True, 0.85),
        ([grade(False, weight=0)], None, True, 1.0),
        ([grade(None, weight=0)], None, True, 1.0),
        ([grade(True), grade(False, weight=0), grade(None, weight=0)], None, True, 1.0),
        ([grade(False), grade(True, weight=0)], None, False, 0.0),
        ([grade(True), grade(False)], 0.5, True, 0.5),
        ([grade(True), grade(False)], 0.51, False, 0.5),
        ([grade(True, weight=3), grade(False)], 0.75, True, 0.75),
        ([grade(True), grade(False, weight=3)], 0.75, False, 0.25),
        ([grade(True, 0.76)], 0.8, False, 0.76),
        ([grade(False, 0.6), grade(True)], 0.8, True, 0.8),
        ([grade(False), grade(True, weight=0)], 0.5, False, 0.0),
        ([grade(False, weight=0)], 1, True, 1.0),
        ([grade(False)], 0, True, 0.0),
        ([grade(None), grade(True)], 0.5, True, None),
        ([grade(None), grade(True)], 0.6, None, None),
        ([grade(None), grade(False)], 0.6, False, None),
        ([grade(True, 0.1)] * 3, 0.1, True, 0.1),  # 0.3 / 3 falls short of 0.1 by a rounding
    ],
)
def test_an_answer_passes_by_all_its_grades_or_by_their_mean(
    grades: list[Grade], threshold: float | None, passed: bool | None, score: float | None
) -> None:
    assert scoring.passed(grades, threshold) is passed
    assert scoring.score(grades) == (score if score is None else pytest.approx(score))


def test_the_mean_says_what_was_needed_and_counts_for_nothing() -> None:
    mean = scoring.mean([grade(True, 0.5), grade(False)], 0.75)
    assert mean == Grade("mean score", False, "0.25; 0.75 is needed", 0.25, weight=0.0)
    half = scoring.mean([grade(None), grade(True)], 0.6)
    assert (half.passed, half.score) == (None, None)
    assert half.reason == "0.5 to 1, as not all were graded; 0.6 is needed"
    assert scoring.ungraded([half]) is None
    assert scoring.ungraded([grade(None), half]) == "g could not grade: r"


@pytest.mark.parametrize(
    ("passed", "error", "said"),
    [
        (False, None, "f: r; mean score: r"),
        (None, None, "u: r"),
        (None, "The call failed.", "The call failed."),
    ],
)
def test_why_names_what_counts(passed: bool | None, error: str | None, said: str) -> None:
    grades = [
        {"name": "f", "passed": False, "reason": "r"},
        {"name": "light", "passed": False, "reason": "r", "weight": 0.0},
        {"name": "u", "passed": None, "reason": "r", "weight": 2.0},
        {"name": "also light", "passed": None, "reason": "r", "weight": 0.0},
        {"name": scoring.MEAN, "passed": False, "reason": "r", "weight": 0.0},
    ]
    assert why({"passed": passed, "error": error, "grades": grades}) == said


GRADES = st.lists(
    st.builds(grade, st.sampled_from([True, False, None]), st.none(), st.sampled_from([0.0, 0.1, 1.0, 3.0])),
    max_size=5,
)


@given(GRADES, st.floats(0, 1))
def test_an_ungraded_answer_is_open_only_where_its_grades_could_go_either_way(
    grades: list[Grade], threshold: float
) -> None:
    """Held against every way in which the ungraded ones could have come out."""
    ways = [[]]
    for each in grades:
        verdicts = [each.passed] if each.passed is not None else [True, False]
        ways = [[*way, grade(verdict, None, each.weight)] for way in ways for verdict in verdicts]
    for limit in (None, threshold):
        came = {scoring.passed(way, limit) for way in ways}
        assert scoring.passed(grades, limit) is (came.pop() if len(came) == 1 else None)


def kept(passed: bool | None, metric: str | None, **fields: object) -> dict[str, object]:
    return {"name": "g", "passed": passed, "reason": "r", "metric": metric, **fields}


def test_metrics_are_the_means_of_their_grades_by_variant() -> None:
    first = [kept(True, "tone"), kept(False, "tone"), kept(True, "a", score=0.25), kept(True, None)]
    second = [kept(None, "tone"), kept(False, "tone", score=0.2, weight=0.0)]
    old = [{"name": "g", "passed": True, "reason": "r"}]  # kept before there were metrics
    found = metrics(
        [
            {"variant": "v", "grades": first},
            {"variant": "v", "grades": second},
            {"variant": "w", "grades": old},
            {"variant": "x", "grades": [kept(None, "b")]},
        ]
    )
    assert found == {
        "v": {
            "a": {"mean": 0.25, "graded": 1, "ungraded": 0},
            "tone": {"mean": pytest.approx(0.4), "graded": 3, "ungraded": 1},
        },
        "w": {},
        "x": {"b": {"mean": None, "graded": 0, "ungraded": 1}},
    }
    rows = metric_cells([{"metrics": found[name]} for name in "vwx"] + [{}])
    assert [list(row.values()) for row in rows] == [
        ["0.25", "–", "0.40 (1 ungraded)"], ["–"] * 3, ["–", "– (1 ungraded)", "–"], ["–"] * 3,
    ]  # fmt: skip
    assert list(rows[0]) == ["mean a", "mean b", "mean tone"]
    assert means([]) == {}
