"""A run with all that belongs to it, as rows that another database can take."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lab.errors import StoreError
from lab.store.indexing import indexed
from lab.store.results import check_seen
from lab.store.runs import spending
from lab.store.sqlite import Connection, explained, insert, text_id, update
from lab.store.writer import Write
from lab.types import Principal

ELSEWHERE = "imported"
"""The `process` of runs and calls that another lab made: what they cost was not spent here, and nothing of
them is open."""
_CALLS = "run_id = :run OR id IN (SELECT call_id FROM results WHERE run_id = :run)"
TABLES = {
    "runs": "id = :run",
    "cases": "run_id = :run",
    "calls": _CALLS,
    "attempts": f"call_id IN (SELECT id FROM calls WHERE {_CALLS})",
    "flags": f"call_id IN (SELECT id FROM calls WHERE {_CALLS})",
    "results": "run_id = :run",
}
"""Which rows belong to a run, each table behind those that it refers to."""
_CALL = {"calls": "id", "attempts": "call_id", "flags": "call_id"}
"""Where a table names the call that its rows are of."""
_OWN = {"process", "conversation_id", "resent_as", "budget_id", "kind", "caching", "rated"}
"""What means something in the database alone that it stands in."""
_SAME = ("started_at", "origin", "run_id", "case_id", "model", "message_ids", "system_id", "answer_id")
"""What tells that two calls of one id are the same."""

Rows = Sequence[tuple[str, Mapping[str, Any]]]
"""Tables, or `texts`, and a row of each. A text is named by a number of the rows' own."""


class Column(NamedTuple):
    """`kind` is TEXT, INTEGER or REAL; `text`: it holds the number of a text."""

    kind: str
    needed: bool
    text: bool


@explained
def columns(connection: Connection) -> dict[str, dict[str, Column]]:
    """The columns that a row of each of `TABLES` may have in this database."""
    found = {}
    for table in TABLES:
        rows = connection.execute(f"PRAGMA table_info({table})")
        found[table] = {
            row["name"]: Column(
                row["type"],
                bool(row["notnull"] or row["pk"]),
                row["type"] == "INTEGER" and row["name"].endswith("_id"),
            )
            for row in rows
            if row["name"] not in _OWN
        }
    return found


@explained
def packed(connection: Connection, principal: Principal, run: str) -> list[tuple[str, dict[str, Any]]]:
    """The rows of a run, each text before the first row that names it. Raises BadInput where there is no such
    run that the person may see."""
    check_seen(connection, principal, run)
    known = columns(connection)
    rows = [
        (table, {name: row[name] for name in known[table] if row[name] is not None})
        for table, belongs in TABLES.items()
        for row in connection.execute(f"SELECT * FROM {table} WHERE {belongs} ORDER BY rowid", {"run": run})
    ]
    wanted = {id for table, row in rows for id in named(known[table], row)}
    texts = connection.execute(
        "SELECT id, body FROM texts WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(wanted)),)
    )
    bodies = dict(tuple(row) for row in texts)
    found, there = [], set()
    for table, row in rows:
        for id in named(known[table], row):
            if id not in there:
                there.add(id)
                found.append(("texts", {"id": id, "body": bodies[id]}))
        found.append((table, row))
    return found


def named(columns: Mapping[str, Column], row: Mapping[str, Any]) -> list[int]:
    """The numbers of the texts that a row names. Raises ValueError where they are no list of numbers."""
    numbers = [row[name] for name, column in columns.items() if column.text and name in row]
    messages = json.loads(row.get("message_ids") or "[]")
    if not isinstance(messages, list) or any(type(each) is not int for each in messages):
        raise ValueError("message_ids")
    return numbers + [abs(each) for each in messages]


def run_imported(rows: Rows, user: str, settings: str) -> Write:
    """Another lab's run as this person's: all of it or nothing. `rows` have to be checked; `settings` (JSON)
    stand in place of the run's own. Gives whether it was added: it is not where it is there already.

    Raises StoreError where a call of the same id is another one here.
    """

    def write(connection: Connection) -> bool:
        known = columns(connection)
        by_table: dict[str, list] = defaultdict(list)
        for table, row in rows:
            by_table[table].append(row)
        (run,) = by_table["runs"]
        if connection.execute("SELECT 1 FROM runs WHERE id = ?", (run["id"],)).fetchone():
            return False
        texts = {row["id"]: text_id(connection, row["body"]) for row in by_table["texts"]}
        moved = {table: [_moved(known[table], row, texts) for row in by_table[table]] for table in TABLES}
        there = {call["id"] for call in moved["calls"] if _there(connection, call)}
        added = {"user": user, "process": ELSEWHERE}
        more = {"calls": added, "runs": added | {"settings_id": text_id(connection, settings)}}
        for table in TABLES:
            for row in moved[table]:
                if table not in _CALL or row[_CALL[table]] not in there:
                    insert(connection, table, row | more.get(table, {}))
        for call in sorted({call["id"] for call in moved["calls"]} - there):
            indexed(connection, call)
        if "summary" in run:  # what it cost follows from the calls
            summary = {**json.loads(run["summary"]), "spent": spending(connection, run["id"])}
            update(
                connection, "runs", {"id": run["id"]}, {"summary": json.dumps(summary, ensure_ascii=False)}
            )
        return True

    return write


def _there(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Whether the call is in this database. Raises StoreError where it is another one that is."""
    mine = connection.execute("SELECT * FROM calls WHERE id = ?", (row["id"],)).fetchone()
    if mine and any(mine[name] != row.get(name) for name in _SAME):
        raise StoreError(
            f"The call {row['id']} of the file is another one in this database. Nothing was imported."
        )
    return mine is not None


def _moved(columns: Mapping[str, Column], row: Mapping[str, Any], texts: Mapping[int, int]) -> dict[str, Any]:
    """The row with the numbers that its texts have in this database."""
    moved = {name: texts[value] if columns[name].text else value for name, value in row.items()}
    if "message_ids" in moved:
        moved["message_ids"] = json.dumps(
            [texts[abs(id)] * (1 if id > 0 else -1) for id in json.loads(row["message_ids"])]
        )
    return moved
