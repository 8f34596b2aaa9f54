"""Rules of routing tried on a log and on a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.errors import BadInput
from lab.evals import routes
from lab.routing import rules
from lab.store import Store
from lab.types import Usage
from tests.engine.kit import lab_of

BIG, SMALL = "claude-sonnet-4-6", "claude-haiku-4-5"
SHORT = rules({"short": {"model": SMALL, "longest": 5}})


def turn(asked: str, **fields: Any) -> dict[str, Any]:
    usage = {name: None for name in Usage.__slots__} | {"input_tokens": 1_000_000, "output_tokens": 1_000_000}
    about = {"meant_model": BIG, "prompt": None, "number": 1, "followed": False, "rating": None}
    return usage | about | {"asked": asked} | fields


def test_what_would_move_what_that_saves_and_what_came_after(tmp_path: Path) -> None:
    store = Store(tmp_path / "lab.db")
    turns = [
        turn("Hi", followed=True, rating=1),
        turn("Hm", rating=-1),
        turn("A long question", followed=True),
        turn("Ho", meant_model=SMALL),
    ]
    found = routes.logged(lab_of(store), SHORT, turns)
    assert (found.by_rule, found.share) == ({"short": 2}, 0.5)
    assert found.moved == routes.Group(turns=2, followed=1, rated=2, liked=1)
    assert found.stayed == routes.Group(turns=2, followed=1, rated=0, liked=0)
    assert (found.cost, found.instead) == (2 * 18 * 10**12, 2 * 6 * 10**12)  # $3 + $15, and $1 + $5
    unknown = routes.logged(lab_of(store), SHORT, [turn("Hi", meant_model="claude-mythos-preview")])
    assert unknown.cost is None and unknown.instead == 6 * 10**12
    store.close()


def run(*passed: tuple[str, str, bool | None], variants: tuple[str, ...]) -> dict[str, Any]:
    results = [
        {"variant": f"p@1 · {model}", "case_id": case, "passed": verdict, "cost": 10 if model == BIG else 1}
        for model, case, verdict in passed
    ]
    settings = {"variants": [f"p@1 · {model}" for model in variants], "needs": 1}
    return {"id": "r", "dataset": "d", "settings": settings, "results": results}


CASES = {"a": {"input": "Hi"}, "b": {"input": "Ho"}, "c": {"input": "A long one"}, "d": {"input": "x"}}


def test_each_case_counts_by_the_model_that_it_would_go_to() -> None:
    here = [(BIG, "a", True), (BIG, "b", False), (BIG, "c", True), (BIG, "d", None)]
    there = [(SMALL, "a", False), (SMALL, "b", True), (SMALL, "c", False), (SMALL, "d", True)]
    (found,) = routes.checked(SHORT, run(*here, *there, variants=(BIG, SMALL)), CASES, BIG)
    assert (found.moved, found.cases, found.lost, found.won) == (3, 4, ("a",), ("b",))
    assert (found.usual, found.routed) == (routes.Kept(2, 3, 40), routes.Kept(3, 4, 13))


def test_a_variant_is_held_against_its_own_on_the_other_model() -> None:
    usual, low = f"p@1 · {BIG}", f"p@1 · {BIG} · few-shot tone@1 · effort low"
    there = {low: f"p@1 · {SMALL} · few-shot tone@1 · effort low"}
    results = [
        {"variant": variant, "case_id": "a", "passed": passed, "cost": 1}
        for variant, passed in ((usual, True), (low, True), (there[low], False))
    ]
    settings = {"variants": [usual, low, there[low]], "needs": 1}
    asked = {"id": "r", "dataset": "d", "settings": settings, "results": results}
    (found,) = routes.checked(SHORT, asked, {"a": {"input": "Hi"}}, BIG)
    assert (found.variant, found.moved, found.lost) == (low, 1, ("a",))


def test_a_run_that_did_not_ask_all_says_which_command_does() -> None:
    for variants in ((BIG,), (SMALL,)):
        with pytest.raises(BadInput, match=f"lab check d -m {SMALL} -m {BIG}"):
            routes.checked(SHORT, run((BIG, "a", True), variants=variants), CASES, BIG)
