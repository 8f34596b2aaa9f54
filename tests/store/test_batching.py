"""Calls of batches: what their process leaves behind, and what becomes of them without it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from lab import store
from lab.store import Store
from lab.types import Principal
from tests.store.processes import question
from tests.store.rows import opened

ME = Principal("root", "admin")
STATES = (
    "SELECT calls.id, calls.state, attempts.state, calls.cost_upper, calls.cost_basis"
    " FROM calls JOIN attempts ON call_id = calls.id ORDER BY calls.id"
)


def enclosed(to: Store, *ids: str) -> None:
    """Calls that wait to be put into a batch."""
    for id in ids:
        to.post(store.call_opened(question(id, "Hi"), to.process, "api", "api"))
        to.post(store.call_sent(question(id, "Hi"), None))
        to.post(store.attempt_started(id, 100, True))


def left(folder: Path) -> Path:
    """The database of a process that was killed: a and b in a batch, c in none."""
    with opened(folder / "lab.db") as one:
        enclosed(one, "a", "b", "c")
        one.post(store.batch_opened("batch", "run", ME, "api", "api", ["a", "b"]))
        one.flush()
        with (
            closing(sqlite3.connect(one.path)) as old,
            closing(sqlite3.connect(folder / "left.db")) as new,
        ):
            old.backup(new)
        one.post(store.calls_unsent(["a", "b", "c"], "The test is over."))
    return folder / "left.db"


def rows(path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(STATES).fetchall()


def test_what_is_in_a_batch_outlives_its_process_and_the_rest_is_not_billed(tmp_path: Path) -> None:
    path = left(tmp_path)
    with opened(path) as another:  # which settles what dead processes left
        out = store.batches(another.read, ME, out=True)
        assert [(each["id"], each["state"], each["requests"]) for each in out] == [("batch", "submitting", 2)]
        assert set(store.calls_out(another.read, "batch")) == {"a", "b"}
    open = ("started", "started", None, None)
    assert rows(path) == [("a", *open), ("b", *open), ("c", "cancelled", "cancelled", 0, "none")]
    assert rows(tmp_path / "lab.db")[0] == ("a", "cancelled", "cancelled", 0, "none")


def test_a_batch_that_is_lost_may_be_billed(tmp_path: Path) -> None:
    path = left(tmp_path)
    with opened(path) as another:
        another.post(store.batch_out("batch", "msgbatch_1", "2026-11-29T12:00:00Z", "2026-11-30T12:00:00Z"))
        another.post(store.batch_lost("batch", "Nobody knows."))
        another.post(store.batch_ended("batch", "given up", {"succeeded": 1}, None))
        another.flush()
        assert store.calls_out(another.read, "batch") == {}
        [row] = store.batches(another.read, ME)
        assert (row["state"], row["counts"], store.names_known(another.read)) == (
            "given up", {"succeeded": 1}, {"msgbatch_1"},
        )  # fmt: skip
        assert store.batches(another.read, Principal("other")) == []
    assert rows(path)[0] == ("a", "unknown", "unknown", 100, "estimate")
