"""A run as a table: its cases from the dataset, or from the log where that is no longer the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import evals, store
from lab.engine import Lab, build
from lab.evals import Plan, Sheet
from lab.store import Store
from lab.types import Event, Request, new_id
from tests.engine.kit import ME, PLAIN, answer, caller, lab_of
from tests.evals.files import dataset

CASES = """
prompt: p
models: {models}
graders: [{{contains: o, name: has}}]
cases:
  - {{id: a, input: one, tags: x}}
  - {{id: b, input: TWO, tags: [x, y]}}
  - {{id: c, input: three}}
  - {{id: d, input: 'say "ß" four'}}
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    (tmp_path / "prompts" / "p").mkdir(parents=True)
    (tmp_path / "prompts" / "p" / "v1.yaml").write_text('user: "Q: {{input}}"\n')
    database = Store(tmp_path / "lab.db")
    yield replace(lab_of(database), folder=tmp_path)
    database.close()


def checked(lab: Lab, models: str = PLAIN) -> dict[str, Any]:
    """A run of the cases, in which the model answers with the question; of the third the call fails."""

    def echo(request: Request) -> AsyncGenerator[Event, None]:
        text = request.messages[-1]["content"]
        if text == "Q: three":
            return caller(OSError("gone"))(request)
        return caller(*answer(text.lower()))(request)

    async def run() -> None:
        with suppress(OSError):
            await evals.check(lab, build(lab, echo), of, 1, False, lambda result: None)

    data = dataset(lab.folder, CASES.format(models=models))
    of = Plan(new_id(), data, evals.variants(lab, lab.folder / "prompts", data, (), ()), ME)
    asyncio.run(run())
    lab.store.flush()
    return store.run_head(lab.store.read, ME, of.run)


def of(lab: Lab, run: dict[str, Any]) -> Sheet:
    return evals.sheet(lab.store.read, ME, run)


def test_the_cases_are_those_that_were_asked_whatever_became_of_the_dataset(lab: Lab) -> None:
    run = checked(lab)
    (lab.folder / "x.yaml").unlink()
    sheet = of(lab, run)
    assert sheet.tags == {"a": ["x"], "b": ["x", "y"], "c": [], "d": []}
    assert {case: cell[sheet.variants[0]].outcome for case, cell in sheet.cells.items()} == {
        "a": "passed", "b": "passed",
    }  # fmt: skip
    asked = evals.texts(lab.store.read, ME, run["id"], ["b", "c"])
    assert {id: each["input"] for id, each in asked.items()} == {"b": "TWO", "c": "three"}
    assert asked["c"]["columns"] == {"id": "c", "input": "three"}


def test_the_log_stands_in_where_the_cases_were_not_kept(lab: Lab) -> None:
    run = checked(lab)
    lab.store.post(lambda connection: connection.execute("DELETE FROM cases"))
    lab.store.flush()
    assert of(lab, run).tags == {"a": [], "b": []}
    asked = evals.texts(lab.store.read, ME, run["id"], ["a", "d"])
    assert asked == {"a": {"input": "Q: one"}, "d": {"input": ""}}


def test_what_can_be_picked(lab: Lab) -> None:
    cell = evals.Cell
    rows = {
        "a": {"v": cell("passed", 1, 1, 1), "w": cell("failed", 1, 3, 3, mixed=True)},
        "b": {"v": cell("missing", 0, 1, 1), "w": cell("failed", 0, 1, 1)},
        "c": {"v": cell("passed", 1, 1, 1)},
    }
    tags = {"a": ["x"], "b": ["y", "x"], "c": ["x"], "d": []}
    sheet = Sheet(("v", "w"), tags, rows, [], [])
    assert {name: set(lot) for name, lot in sheet.lots.items()} == {
        "all": {*"abcd"}, "failed": {*"ab"}, "errors": {"b"}, "flaky": {"a"},
    }  # fmt: skip
    assert sheet.tagged == {"x": {*"abc"}, "y": {"b"}} and [*sheet.tagged] == ["x", "y"]
    figures = [[*row.values()] for row in sheet.breakdown]
    assert figures == [
        ["x", "v", 3, 2, 0, 1, 1.0], ["x", "w", 3, 0, 2, 0, 0.0],
        ["y", "v", 1, 0, 0, 1, None], ["y", "w", 1, 0, 1, 0, 0.0],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("  ", None),
        ("B", {"b"}),
        ("two", {"b"}),
        ("q: ONE", {"a"}),
        ("has: contains", {"a", "b"}),
        ("three", {"c"}),
        ('"SS"', {"d"}),
        ("text", set()),
        ("reason", set()),
        ("%", set()),
        ("' OR 1", set()),
    ],
)
def test_what_is_searched_for(text: str, found: set[str] | None, lab: Lab) -> None:
    run = checked(lab)
    sheet = of(lab, run)
    assert evals.saying(lab.store.read, ME, run["id"], sheet, text) == found


@pytest.mark.parametrize(
    ("variants", "short"),
    [
        (("p@1 · m",), ("p@1",)),
        (("p@1 · m", "p@2 · m"), ("p@1", "p@2")),
        (("p@1 · m", "p@1 · n"), ("m", "n")),
        (("p@1 · m", "q@1 · n"), ("p@1 · m", "q@1 · n")),
    ],
)
def test_variants_are_named_by_what_tells_them_apart(variants: Any, short: Any) -> None:
    assert Sheet(variants, {}, {}, [], []).short() == short


def test_what_kept_answers_from_a_verdict() -> None:
    def result(error: str | None, passed: bool | None = None) -> dict[str, Any]:
        return {"passed": passed, "grades": [], "error": error}

    came = [result("No."), result("Busy."), result("No."), result(None), result(None, True)]
    assert evals.obstacles(came, 1) == [("No.", 2)]
    assert evals.obstacles(came, 5) == [("No.", 2), ("Busy.", 1)]
    assert [each["error"] for each in evals.unpassed([*came, result(None, False)])] == [
        "No.", "Busy.", "No.", None,
    ]  # fmt: skip
