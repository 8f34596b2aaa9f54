"""The cases of a run, kept with it."""

from __future__ import annotations

from pathlib import Path

from lab import store
from tests.store.rows import opened
from tests.store.test_runs import ANN, SETTINGS

CASES = (
    {"id": "b", "tags": ("x", "y, z"), "input": "Which way?", "columns": {"plan": "ü"}},
    {"id": "a", "tags": (), "input": "The other", "columns": {}},
)


def test_the_cases_stay_as_they_were_in_their_order(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        for id in ("one", "two"):
            db.post(store.run_opened(id, db.process, ANN, "data", SETTINGS))
            db.post(store.cases_kept(id, CASES))
        changed = ({**CASES[0], "input": "Another"}, {**CASES[1], "id": "c"})
        db.post(store.cases_kept("two", changed))  # as a run does that is gone on with
        db.post(store.delete_run("one"))
        db.flush()
        assert store.cases_of(db.read, ANN, "two") == {"b": ["x", "y, z"], "a": [], "c": []}
        assert store.case_texts(db.read, ANN, "two", ["b", "nope"]) == {
            "b": {"input": "Which way?", "columns": {"plan": "ü"}}
        }
        left = db.read.execute("SELECT run_id, count(*) FROM cases GROUP BY 1").fetchall()
        assert [tuple(each) for each in left] == [("two", 3)]
