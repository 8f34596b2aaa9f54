"""What came of a case, and of a variant, however far the run has come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lab.evals import Cell, brief, standings
from lab.evals.outcomes import cells, outcome

FREE = {"cost": 0, "cost_floor": 0, "cost_upper": 0, "cost_basis": "none"}
PAID = {"cost": 7, "cost_floor": 7, "cost_upper": 7, "cost_basis": "usage"}
SIGNS = {"+": ("ok", True), "-": ("ok", False), "?": ("failed", None), "g": ("ok", None), ".": ("ok", None)}
"""Of an answer: passed, failed, its call failed, its grader failed, not graded."""


def run(state: str = "running", repeats: int = 1, needs: int = 1, **fields: Any) -> dict[str, Any]:
    settings = {"variants": ["v", "w"], "repeats": repeats, "needs": needs}
    return {"state": state, "settings": settings, "summary": None, "spent": {}, "tally": None, **fields}


def results(signs: str, case: str = "1", variant: str = "v") -> Iterator[dict[str, Any]]:
    for repeat, sign in enumerate(signs, 1):
        state, passed = SIGNS[sign]
        grades = [{"name": "g", "passed": passed, "reason": "r"}] if sign in "+-g" else []
        yield {
            "case_id": case, "variant": variant, "repeat": repeat, "state": state, "passed": passed,
            "grades": grades, "error": "No." if sign == "?" else None, "total_ms": 1000.0 * repeat,
        }  # fmt: skip


@pytest.mark.parametrize(
    ("needs", "passed", "unsettled", "waiting", "expected"),
    [
        (1, 1, 0, 0, "passed"),
        (2, 2, 1, 3, "passed"),
        (1, 0, 0, 0, "failed"),
        (2, 1, 0, 0, "failed"),
        (2, 0, 0, 1, "failed"),
        (1, 0, 1, 0, "missing"),
        (2, 1, 1, 0, "missing"),
        (1, 0, 0, 1, "open"),
        (2, 1, 1, 1, "open"),
    ],
)
def test_the_outcome(needs: int, passed: int, unsettled: int, waiting: int, expected: str) -> None:
    assert outcome(needs, passed, unsettled, waiting) == expected


@pytest.mark.parametrize(
    ("signs", "repeats", "needs", "running", "ended"),
    [
        ("+", 1, 1, "passed", "passed"),
        ("-", 1, 1, "failed", "failed"),
        ("?", 1, 1, "missing", "missing"),
        ("g", 1, 1, "missing", "missing"),
        (".", 1, 1, "answered", "answered"),
        ("+", 3, 2, "open", "missing"),
        ("++", 3, 2, "passed", "passed"),
        ("+-", 3, 2, "open", "missing"),
        ("--", 3, 2, "failed", "failed"),
        ("+?+", 3, 2, "passed", "passed"),
        ("+?-", 3, 2, "missing", "missing"),
        ("?", 2, 1, "open", "missing"),
        ("..", 2, 2, "answered", "answered"),
        (".", 2, 2, "open", "missing"),
        (".?", 2, 2, "missing", "missing"),
    ],
)
def test_a_cell_while_the_run_goes_on_and_after_it(
    signs: str, repeats: int, needs: int, running: str, ended: str
) -> None:
    for state, expected in (("running", running), ("interrupted", ended)):
        found = cells(run(state, repeats, needs), results(signs))
        passed = signs.count("+") + signs.count(".")
        mixed = {"+", "-"} <= set(signs)
        assert found == {"1": {"v": Cell(expected, passed, len(signs), repeats, mixed)}}


def test_the_figures_of_a_run_without_a_verdict() -> None:
    came = [*results("+"), *results("-", "2"), *results("?", "3"), *results("+", "1", "w")]
    first, second = standings(run(spent={"v": PAID}), came)
    assert first == {
        "variant": "v",
        "passed": 1,
        "failed": 1,
        "missing": 1,
        "rate": 0.5,
        "seconds": 1.0,
        "metrics": {},
        **PAID,
    }
    assert second == {
        "variant": "w",
        "passed": 1,
        "failed": 0,
        "missing": 0,
        "rate": 1.0,
        "seconds": 1.0,
        "metrics": {},
        **FREE,
    }
    (nothing, _) = standings(run(), [])
    assert (nothing["rate"], nothing["seconds"], nothing["cost"]) == (None, None, 0)


def test_the_figures_of_a_verdict_are_its_own() -> None:
    scores = [{"variant": "v", "passed": 5, "failed": 1, "missing": 0, "rate": 5 / 6}]
    assert standings(run("passed", summary={"scores": scores}), []) is scores


def test_a_run_in_short() -> None:
    def scored(*rates: float | None) -> dict[str, Any]:
        scores = [{"passed": 2, "failed": 1, "missing": 3, "rate": rate} for rate in rates]
        return brief(run("failed", summary={"scores": scores}))

    assert scored(0.5, 0.25, 0.75) == {"passed": 6, "failed": 3, "missing": 9, "rates": [0.25, 0.75]}
    assert scored(0.5, 0.5, None)["rates"] == [0.5]
    assert scored(None)["rates"] == []
    tally = {"done": 6, "passed": 3, "failed": 1, "missing": 2, "began": None}
    assert brief(run(tally=tally)) == {"passed": 3, "failed": 1, "missing": 2, "rates": [0.75]}
