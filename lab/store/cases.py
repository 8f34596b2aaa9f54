"""The cases of runs as they were when they were asked, whatever becomes of their dataset."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from lab.store.replayable import replayable
from lab.store.results import check_seen
from lab.store.sqlite import Connection, as_json, explained, text_id
from lab.store.writer import Write
from lab.types import Principal

if TYPE_CHECKING:
    from sqlite_utils import Database


def create(db: Database) -> None:
    """The cases of each run, and what finds the outcomes of its answers without reading these."""
    db["cases"].create(
        {"run_id": str, "case_id": str, "number": int, "tags": str, "text_id": int},
        pk=("run_id", "case_id"),
        not_null={"number", "tags", "text_id"},
        foreign_keys=[("run_id", "runs"), ("text_id", "texts")],
        strict=True,
    )
    db.execute(
        "CREATE INDEX results_cells"
        " ON results (run_id, case_id, variant, passed, state, grades = '[]', score)"
    )


def cases_kept(run: str, cases: Iterable[Mapping[str, Any]]) -> Write:
    """All cases of a run, in their order, before its first call; those that are there already stay.

    Of each: `id`, `tags`, and whatever else JSON can hold that a person wants to see, `input` at least.
    """
    rows = [(each["id"], list(each["tags"]), as_json(_text(each))) for each in cases]
    return _cases_added(run, rows)


@replayable
def _cases_added(connection: Connection, run: str, rows: list[tuple[str, list[str], str]]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO cases (run_id, case_id, number, tags, text_id) VALUES (?, ?, ?, ?, ?)",
        [
            (run, id, number, json.dumps(tags, ensure_ascii=False), text_id(connection, text))
            for number, (id, tags, text) in enumerate(rows, 1)
        ],
    )


@explained
def cases_of(connection: Connection, principal: Principal, run: str) -> dict[str, list[str]]:
    """The tags of each case of a run, in their order. None of a run that was made before they were kept."""
    check_seen(connection, principal, run)
    rows = connection.execute("SELECT case_id, tags FROM cases WHERE run_id = ? ORDER BY number", (run,))
    read = cache(json.loads)  # the same few lists again and again
    return {id: read(tags) for id, tags in rows}


@explained
def case_texts(
    connection: Connection, principal: Principal, run: str, ids: Collection[str]
) -> dict[str, dict[str, Any]]:
    """What `cases_kept` was given of these cases, but for their tags."""
    check_seen(connection, principal, run)
    rows = connection.execute(
        "SELECT case_id, body FROM cases JOIN texts ON texts.id = text_id"
        " WHERE run_id = ? AND case_id IN (SELECT value FROM json_each(?))",
        (run, json.dumps(list(ids))),
    )
    return {id: json.loads(body) for id, body in rows}


def _text(case: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in case.items() if name not in ("id", "tags")}
