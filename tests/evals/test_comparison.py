"""Two runs side by side: what changed, which way, and what is held against what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.evals import baseline, compare
from lab.evals.comparison import CHANGES, DIFFERENT, paired, said
from lab.store import run_ended, run_head, run_opened
from lab.types import Principal
from tests.store.rows import opened, post_all

ANN = Principal("ann", "admin")
SIGNS = {"+": ("ok", True), "-": ("ok", False), "?": ("failed", None), ".": ("ok", None)}
"""Of an answer: passed, failed, its call failed, not graded."""


def run(variant: str = "p@1 · m", repeats: int = 1, needs: int = 1, **cases: Any) -> dict[str, Any]:
    """Of each case its answers as `sign text`, one or a list; `(sign text, score)` where it was measured."""
    results = [
        result(case, variant, number, *(each if isinstance(each, tuple) else (each, None)))
        for case, given in cases.items()
        for number, each in enumerate(given if isinstance(given, list) else [given], 1)
    ]
    settings = {"variants": [variant], "repeats": repeats, "needs": needs, "dataset_hash": "h"}
    return {"state": "failed", "settings": settings, "results": results}


def result(case: str, variant: str, repeat: int, answer: str, score: float | None) -> dict[str, Any]:
    state, passed = SIGNS[answer[0]]
    grades = [{"name": "g", "passed": passed, "reason": "r"}] if answer[0] in "+-" else []
    return {
        "case_id": case, "variant": variant, "repeat": repeat, "state": state, "passed": passed,
        "grades": grades, "answer": [{"type": "text", "text": answer[2:]}], "score": score, "error": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("+ Up.", "- Up.", "newly failing"),
        ("? ", "- Up.", "newly failing"),
        ("+ Up.", "? ", "newly without a verdict"),
        ("- Up.", "? ", "newly without a verdict"),
        ("- Up.", "+ Up.", "newly passing"),
        ("? ", "+ Up.", "newly passing"),
        ("? ", ". Up.", "newly passing"),
        ("+ Up.", "+ Down.", "other answer"),
        ("- Up.", "- Down.", "other answer"),
        (". Up.", ". Down.", "other answer"),
        ("+ Up.", ". Up.", "same answer"),
        ("- Up.", "- Up.", "same answer"),
        ("+ Up.", None, "only before"),
        (None, "- Up.", "only after"),
    ],
)
def test_every_change(before: str | None, after: str | None, change: str) -> None:
    sides = [run(a=each) if each else run() for each in (before, after)]
    (pair,) = compare(*sides).pairs
    assert pair.change == change
    assert (pair.before is None, pair.after is None) == (before is None, after is None)
    assert compare(*sides).counts == {each: int(each == change) for each in CHANGES}


def test_the_worst_stands_first_and_equals_in_their_order() -> None:
    before = run(a="+ x", b="- x", c="+ x", d="+ x", e="+ x", f="+ x", g=("- x", 0.9), h=("- x", 0.9))
    after = run(z="+ x", d="? ", b="+ x", e="+ y", f="+ x", g=("- y", 0.8), h=("- y", 0.1), c="- x", a="- x")
    found = compare(before, after)
    assert [pair.case for pair in found.pairs] == [*"ca", "d", "b", *"hge", "f", "z"]
    assert [pair.case for pair in found.picked(("newly failing", "only after"))] == ["c", "a", "z"]
    assert len(found.picked(DIFFERENT)) == 7
    assert found.other_cases is False


def test_repeats_count_together_and_are_compared_one_by_one() -> None:
    before = run(repeats=3, needs=2, a=["+ Up we go", "+ Down", "- Out"])
    after = run(repeats=3, needs=2, a=["+ Up we went", "- Down"])
    (pair,) = compare(before, after).pairs
    assert pair.change == "newly without a verdict"
    assert [cell.passed for cell in (pair.before.cell, pair.after.cell)] == [2, 1]
    assert pair.differences() == (
        (("=", "Up we "), ("-", "go"), ("+", "went")), (("=", "Down"),), (("-", "Out"),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["p@1 · a"], ["p@1 · a"], [(0, 0)]),
        (["p@1 · a", "p@1 · b"], ["p@2 · b", "p@2 · a"], [(1, 0), (0, 1)]),
        (["p@1 · a", "p@2 · a"], ["p@2 · a"], [(1, 0), (0, None)]),
        (["p@1 · a"], ["p@2 · a", "p@3 · a"], [(0, 0), (0, 1)]),
        (["p@1 · a", "p@1 · b"], ["p@1 · c"], [(0, 0), (1, None)]),
        (["p@1 · a"], ["q@1 · b"], [(0, 0)]),
        (["p@1 · a"], ["p@1 · a", "q@1 · b"], [(0, 0), (None, 1)]),
        (["p@1 · a", "q@1 · a"], ["q@2 · a", "p@2 · a"], [(1, 0), (0, 1)]),
        ([], ["p@1 · a"], [(None, 0)]),
    ],
)
def test_what_is_held_against_what(before: list[str], after: list[str], expected: list[tuple]) -> None:
    named = [
        (None if old is None else before[old], None if new is None else after[new]) for old, new in expected
    ]
    assert paired(before, after) == named


def test_a_run_can_be_held_against_itself() -> None:
    both = run("p@1 · m", a="+ Up.")
    both["settings"]["variants"].append("p@2 · m")
    both["results"].append(result("a", "p@2 · m", 1, "- Down.", None))
    (pair,) = compare(both, both, [("p@1 · m", "p@2 · m")]).pairs
    assert (pair.change, pair.variants) == ("newly failing", ("p@1 · m", "p@2 · m"))


def test_tools_are_part_of_an_answer() -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": "ü"}}
    assert said([{"type": "text", "text": "So:"}, call]) == 'So:\n[look {"at": "ü"}]'
    assert said([call | {"id": "toolu_2"}]) == said([call])
    assert said([{"type": "thinking", "thinking": "Hm."}]) == ""


def test_the_baseline_is_the_newest_alike(tmp_path: Path) -> None:
    rows = {  # id: dataset, user, state, simulated
        "1": ("d", "ann", "passed", False), "2": ("d", "ann", "failed", True),
        "3": ("d", "ann", "passed", True),
        "4": ("d", "ben", "passed", False), "5": ("e", "ann", "passed", False),
        "6": ("d", "ann", "interrupted", False), "7": ("d", "ann", "failed", False),
        "8": ("d", "ann", "running", True), "9": ("d", "ann", "answered", False),
    }  # fmt: skip
    with opened(tmp_path / "lab.db") as store:
        for id, (dataset, user, state, simulated) in rows.items():
            settings = {"variants": [], "simulated": simulated}
            post_all(store, run_opened(id, store.process, Principal(user), dataset, settings))
            post_all(store, *([] if state == "running" else [run_ended(id, state, {"scores": []})]))
        store.flush()
        found = {id: baseline(store.read, ANN, run_head(store.read, ANN, id)) for id in rows}
    assert found == dict.fromkeys("12456") | {"3": "2", "7": "1", "8": "3", "9": "7", "6": "1"}
