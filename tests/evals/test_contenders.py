"""Columns over a dataset, and as a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import evals
from lab.engine import Column, Lab
from lab.errors import BadInput
from lab.store import Store
from tests.engine.kit import PLAIN, lab_of

OTHER = "claude-opus-5-5"
TWO = (Column("p@1"), Column("p@2", OTHER))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    (tmp_path / "prompts" / "p").mkdir(parents=True)
    for number in (1, 2):
        text = 'user: "{{plan}} {{input}}"\nvariables: {plan: {default: free}}\n'
        (tmp_path / "prompts" / "p" / f"v{number}.yaml").write_text(text + f"system: v{number}\n")
    database = Store(tmp_path / "lab.db")
    yield replace(lab_of(database, model=PLAIN), folder=tmp_path)
    database.close()


def test_columns_are_named_by_what_they_ask(lab: Lab) -> None:
    columns = (*TWO, Column("p@2", OTHER, effort="low", max_tokens=300, name="dear"))
    found = evals.contenders(lab, columns)
    assert found == (f"p@1 · {PLAIN}", f"p@2 · {OTHER}", f"p@2 · {OTHER} · effort low · max_tokens 300")
    assert evals.variant_parts(found[2]).max_tokens == 300


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ((Column(), *TWO), "Column A has no prompt"),
        ((*TWO, Column("p@1", system="x")), "Column C is a draft"),
        ((*TWO, Column("p@1", options={"speed": "fast"})), "Column C has further fields"),
        ((Column("p@2"), Column("p")), "Columns A and B would ask the same: p@2"),
        ((Column("q"), *TWO), "q"),
    ],
)
def test_what_a_check_cannot_ask(columns: Sequence[Column], why: str, lab: Lab) -> None:
    with pytest.raises(BadInput, match=why):
        evals.contenders(lab, columns)


def turn(text: str, **fields: Any) -> dict[str, Any]:
    return {"asked": {"text": text, "values": {}, "context": None, "files": 0} | fields}


def test_what_was_compared_becomes_a_check(lab: Lab) -> None:
    turns = [turn("One?", values={"plan": "team"}), turn("Two?", context="Facts.")]
    found = evals.load(evals.saved_check(lab, "new", TWO, turns))
    assert (found.prompts, found.models) == (("p@1", "p@2"), (PLAIN, OTHER))
    (case,) = found.cases
    assert (case.input, case.values, case.context) == ("Two?", {"plan": "team"}, "Facts.")
    assert [each.text for each in case.turns] == ["One?"]
    with pytest.raises(BadInput, match="is there already"):
        evals.saved_check(lab, "new", TWO, turns)


def test_a_dataset_keeps_its_cases_and_graders(lab: Lab) -> None:
    text = "prompt: p@1\ngraders: [{contains: x}]\ncases: [{input: one}, {input: two}]\n"
    (lab.folder / "datasets").mkdir()
    (lab.folder / "datasets" / "old.yaml").write_text(text)
    old = evals.load(lab.folder / "datasets" / "old.yaml")
    found = evals.load(evals.saved_check(lab, "new", TWO, of=old))
    assert found.hash == old.hash and found.prompts == ("p@1", "p@2")


@pytest.mark.parametrize(
    ("name", "columns", "turns", "why"),
    [
        ("../x", TWO, [turn("?")], "no name"),
        ("new", (*TWO, Column("p", effort="low")), [turn("?")], "Column C has effort low"),
        ("new", TWO, [turn("?", files=1)], "Files went along"),
        ("new", TWO, [turn("?", context="x"), turn("?")], "context before an earlier turn"),
    ],
)
def test_what_no_dataset_can_say(
    name: str, columns: Sequence[Column], turns: list[dict[str, Any]], why: str, lab: Lab
) -> None:
    with pytest.raises(BadInput, match=why):
        evals.saved_check(lab, name, columns, turns)
    assert not (lab.folder / "datasets" / "new.yaml").exists()
