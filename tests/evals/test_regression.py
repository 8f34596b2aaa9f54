"""What moved between two runs, told from their outcomes."""

from __future__ import annotations

from typing import Any

from lab.evals import Cell, Sheet, directions, moved_cases, moves

V, W = "p@1 · m", "p@2 · m"


def cell(sign: str, score: float | None = None, passed: int | None = None) -> Cell:
    outcome = {"+": "passed", "-": "failed", "?": "missing", ".": "answered"}[sign]
    return Cell(outcome, int(sign == "+") if passed is None else passed, 1, 1, False, score)


def sides(before: dict[str, Any], after: dict[str, Any]) -> tuple[Any, Any, Sheet]:
    """A run of `V`, its cells, and a later one of `W`."""
    old = {case: {V: one if isinstance(one, Cell) else cell(one)} for case, one in before.items()}
    new = {case: {W: one if isinstance(one, Cell) else cell(one)} for case, one in after.items()}
    return {"settings": {"variants": [V]}}, old, Sheet((W,), dict.fromkeys(after, ()), new, [], [])


def test_the_worst_stands_first() -> None:
    before = {"a": "+", "b": "-", "c": "+", "d": "+", "e": "?", "f": ".", "g": "+"}
    after = {"a": "+", "b": "+", "c": "-", "d": "?", "e": "-", "f": ".", "z": "+"}
    found = moves(*sides(before, after))
    assert [(move.case, move.how) for move in found] == [
        ("c", "newly failing"), ("e", "newly failing"), ("d", "newly without a verdict"),
        ("b", "newly passing"), ("a", "same outcome"), ("f", "same outcome"), ("g", "only before"),
        ("z", "only after"),
    ]  # fmt: skip
    assert {move.variants for move in found} == {(V, W)}
    assert moved_cases(*sides(before, after)) == {*"bcde"}


def test_of_those_that_moved_alike_the_one_that_lost_most() -> None:
    before = {"a": cell("-", 0.9), "b": cell("-", 0.9), "c": cell("-", passed=2), "d": cell("-", passed=2)}
    after = {"a": cell("-", 0.8), "b": cell("-", 0.1), "c": cell("-", passed=2), "d": cell("-", passed=0)}
    assert [move.case for move in moves(*sides(before, after))] == [*"badc"]


def test_the_directions_of_some_cases() -> None:
    found = directions(*sides({"a": "+", "b": "-"}, {"a": "-", "b": "-", "c": "+"}), ["a", "c", "nope"])
    assert found == {("a", W): "newly failing", ("c", W): "only after"}
