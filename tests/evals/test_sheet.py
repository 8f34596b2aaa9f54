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
  - {{id: a, input: one}}
  - {{id: b, input: TWO}}
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


def of(lab: Lab, run: dict[str, Any]) -> tuple[Sheet, str | None]:
    found, notice = evals.dataset_of(lab.folder, run)
    cases = {case.id: case for case in found.cases} if found else None
    return evals.sheet(lab.store.read, ME, run, cases), notice


def test_the_cases_are_those_of_the_dataset_while_it_is_the_same(lab: Lab) -> None:
    run = checked(lab)
    (lab.folder / "x.yaml").write_text(f"# A comment.\n{CASES.format(models=PLAIN)}min_pass_rate: 0.5\n")
    sheet, notice = of(lab, run)
    assert notice is None and run["settings"]["file"] == "x.yaml"
    assert sheet.inputs == {"a": "one", "b": "TWO", "c": "three", "d": 'say "ß" four'}
    assert {case: cell[sheet.variants[0]].outcome for case, cell in sheet.cells.items()} == {
        "a": "passed", "b": "passed",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "notice"),
    [
        (lambda file: file.unlink(), "x.yaml is no longer there. What the log has is shown."),
        (lambda file: file.write_text(file.read_text().replace("one", "ONE")), "x.yaml has changed since"),
        (lambda file: file.write_text("cases: ["), "The dataset cannot be read any more. What the log has"),
    ],
)
def test_the_log_stands_in_for_a_dataset_that_is_not_the_same(change: Any, notice: str, lab: Lab) -> None:
    run = checked(lab)
    change(lab.folder / "x.yaml")
    sheet, said = of(lab, run)
    assert said.startswith(notice)
    assert sheet.inputs == {"a": "Q: one", "b": "Q: TWO"}


def test_what_is_picked(lab: Lab) -> None:
    cell = evals.Cell
    rows = {
        "a": {"v": cell("passed", 1, 1, 1), "w": cell("failed", 0, 1, 1)},
        "b": {"v": cell("missing", 0, 1, 1), "w": cell("failed", 0, 1, 1)},
        "c": {"v": cell("passed", 1, 1, 1)},
    }
    sheet = Sheet(("v", "w"), dict.fromkeys("abcd", ""), rows, [], [])
    assert sheet.picked("all") == [*"abcd"]
    assert sheet.picked("failed") == [*"ab"]
    assert sheet.picked("errors") == ["b"]
    assert sheet.picked("failed", {"a", "c"}) == ["a"]
    assert sheet.picked("all", set()) == []
    assert sheet.counts() == {"all": 4, "failed": 2, "errors": 1}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("  ", None),
        ("B", {"b"}),
        ("two", {"b"}),
        ("Q: one", {"a"}),
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
    sheet, _ = of(lab, run)
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
