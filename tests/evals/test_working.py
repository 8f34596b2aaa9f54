"""Cases in a table that is being edited, alone and beside somebody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.errors import BadInput
from lab.evals import editing, working
from lab.evals.editing import Changes
from lab.evals.working import Working, barrier, begun, done, rebased, shown, widened
from tests.evals.files import dataset

HEAD = "prompt: p\ngraders: [{contains: x}]\ncases: c.jsonl\n"
LINES = '{"id": "a", "input": "one", "n": 1}\n{"id": "b", "input": "two", "n": 2, "tags": ["x"]}\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "c.jsonl").write_text(LINES)
    return dataset(tmp_path, HEAD).file


def edited(of: Working, cells: Any = None, added: Any = (), deleted: Any = ()) -> Working:
    return done(of, cells or {}, added, deleted)


def test_nothing_done_changes_nothing(path: Path) -> None:
    found = begun(editing.grid(path))
    assert not found.touched and found.changes == Changes(cells={}, added=[], deleted=[])
    assert shown(found) == [
        {"id": "a", "input": "one", "n": "1", "tags": None},
        {"id": "b", "input": "two", "n": "2", "tags": '["x"]'},
    ]


def test_edits_add_up_and_are_saved(path: Path) -> None:
    found = begun(editing.grid(path))
    found = edited(
        found, {1: {"n": "3", "tags": None}}, [{"id": "c", "input": "three", "n": "4", "tags": None}]
    )
    found = edited(found, {2: {"input": "Three"}}, deleted=[0])  # the third row is the new one
    assert found.touched
    assert found.changes == Changes(
        cells={1: {"n": 3, "tags": None}}, added=[{"id": "c", "input": "Three", "n": 4}], deleted=[0]
    )
    editing.save(path, found.of.hash, found.changes)
    assert [dict(row) for row in editing.grid(path).rows] == [
        {"id": "b", "input": "two", "n": 3}, {"id": "c", "input": "Three", "n": 4},
    ]  # fmt: skip


def test_a_row_that_was_added_and_taken_away_again_was_never_there(path: Path) -> None:
    found = edited(begun(editing.grid(path)), added=[{"id": "c"}])
    assert not edited(found, deleted=[2]).touched


def test_a_column_is_added(path: Path) -> None:
    found = widened(begun(editing.grid(path)), "label")
    assert not found.touched and shown(found)[0]["label"] is None
    found = edited(found, {0: {"label": "one"}})
    editing.save(path, found.of.hash, found.changes)
    assert editing.grid(path).rows[0]["label"] == "one"


def test_what_is_no_json_is_said(path: Path) -> None:
    with pytest.raises(BadInput, match="is not JSON"):
        edited(begun(editing.grid(path)), {1: {"tags": "[x"}})


def test_the_second_to_save_is_told_and_loses_nothing(path: Path) -> None:
    mine = edited(begun(editing.grid(path)), {0: {"input": "ONE"}, 1: {"input": "TWO"}}, [{"id": "c"}])
    theirs = edited(begun(editing.grid(path)), {1: {"input": "zwei"}}, [{"id": "d", "input": "four"}])
    editing.save(path, theirs.of.hash, theirs.changes)
    with pytest.raises(editing.Conflict):
        editing.save(path, mine.of.hash, mine.changes)
    again, lost = rebased(mine, editing.grid(path))
    assert again.changes.cells == {0: {"input": "ONE"}} and again.changes.added == [{"id": "c"}]
    assert again.changes.deleted == [] and [row["input"] for row in lost] == ["TWO"]
    assert [row["input"] for _, row in again.rows if "input" in row] == ["ONE", "zwei", "four"]


def test_a_row_that_both_deleted_is_gone(path: Path) -> None:
    mine = edited(begun(editing.grid(path)), deleted=[0])
    theirs = edited(begun(editing.grid(path)), deleted=[0])
    editing.save(path, theirs.of.hash, theirs.changes)
    again, lost = rebased(mine, editing.grid(path))
    assert not again.touched and lost == []


def test_why_it_cannot_be_saved(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = editing.grid(path).file
    assert barrier(path, file) is None
    assert "lies outside" in barrier(path, tmp_path.parent / "c.jsonl")
    monkeypatch.setattr(working.os, "access", lambda *given: False)  # the tests may run as root, who may all
    assert "may not write" in barrier(path, file)
