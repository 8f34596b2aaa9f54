"""What each conversation and each run of a check cost: sums that are kept with every write, as others are.

`spenders` has them by slot, `spenders_whole` all of them together, from its first to its last slot: so the
dearest of a time are found without adding up any but those that go beyond its ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lab.store.counted import COLUMNS, ENDED
from lab.store.counting import SPENT
from lab.store.days import Day
from lab.store.sqlite import Connection, explained
from lab.types import Principal

if TYPE_CHECKING:
    from sqlite_utils import Database

WHAT = {"conversation": "conversation_id", "run": "run_id"}
"""What is added up, and the column of `calls` that names it."""
KEY = ("what", "slot", "id", "user", "kind")
EDGES = 1_000
"""So many that go beyond the ends of a time are looked for beside the dearest; with more, all are read."""

Sums = Mapping[str, Any]
"""`SPENT` of the calls of a conversation or a run."""


def create(db: Database) -> None:
    """The table by slot, what it holds of the calls there are, and its trigger."""
    table(db)
    put_in(db, [by_slot(what) for what in WHAT])
    for what, column in WHAT.items():
        sums = ", ".join(f"sum({COLUMNS[name]})" for name in SPENT)
        key = ", ".join(COLUMNS[name] for name in ("user", "kind"))
        db.execute(
            f"INSERT INTO spenders ({', '.join((*KEY, *SPENT))})"
            f" SELECT '{what}', {COLUMNS['slot']}, {column}, {key}, {sums} FROM calls"
            f" WHERE {ENDED} AND {column} NOT NULL GROUP BY 2, 3, 4, 5"
        )


def table(db: Database, name: str = "spenders") -> None:
    """A table by slot."""
    columns = ", ".join(f"{each} INTEGER NOT NULL" for each in SPENT)
    db.execute(
        f"CREATE TABLE {name} (what TEXT, slot INTEGER, id TEXT, user TEXT, kind TEXT, {columns},"
        f" PRIMARY KEY ({', '.join(KEY)})) STRICT, WITHOUT ROWID"
    )


def whole(db: Database) -> None:
    """The table of all together, with what there is, and the trigger of both."""
    columns = ", ".join(f"{each} INTEGER NOT NULL" for each in ("first", "last", *SPENT))
    db.execute(
        f"CREATE TABLE spenders_whole (what TEXT, id TEXT, kind TEXT, {columns},"
        " PRIMARY KEY (what, id, kind)) STRICT, WITHOUT ROWID"
    )
    sums = ", ".join(f"sum({name})" for name in SPENT)
    db.execute(
        f"INSERT INTO spenders_whole SELECT what, id, kind, min(slot), max(slot), {sums} FROM spenders"
        " GROUP BY 1, 2, 3"
    )
    db.execute("CREATE INDEX spenders_last ON spenders_whole (what, kind, last, first, cost, upper, id)")
    put_in(db, [put for what in WHAT for put in (by_slot(what), _together(what))])


def put_in(db: Database, statements: Sequence[str]) -> None:
    """The trigger that adds a call to what it belongs to."""
    db.execute("DROP TRIGGER IF EXISTS counted_in_spenders")
    body = "; ".join(statements)
    db.execute(f"CREATE TRIGGER counted_in_spenders INSTEAD OF INSERT ON counted BEGIN {body}; END")


def by_slot(what: str) -> str:
    return _put("spenders", KEY, f"'{what}', NEW.slot, {WHAT[what]}, NEW.user, NEW.kind", what)


def _together(what: str) -> str:
    ends = "first = min(first, excluded.first), last = max(last, excluded.last), "
    key = f"'{what}', {WHAT[what]}, NEW.kind, NEW.slot, NEW.slot"
    return _put("spenders_whole", ("what", "id", "kind", "first", "last"), key, what, ends)


def _put(table: str, names: Sequence[str], values: str, what: str, ends: str = "") -> str:
    added = ", ".join("NEW.calls" if name == "calls" else f"NEW.calls * NEW.{name}" for name in SPENT)
    change = ", ".join(f"{name} = {name} + excluded.{name}" for name in SPENT)
    return (
        f"INSERT INTO {table} ({', '.join((*names, *SPENT))}) SELECT {values}, {added} FROM calls"
        f" WHERE id = NEW.id AND {WHAT[what]} NOT NULL ON CONFLICT DO UPDATE SET {ends}{change}"
    )


@explained
def costliest(
    connection: Connection, principal: Principal, days: Sequence[Day], kind: str, what: str, limit: int = -1
) -> dict[str, Sums]:
    """The sums of those of `WHAT` that cost most in these days, by their ids, the dearest first, as many as
    `limit`, or all."""
    first, after = int(days[0][1].timestamp()), int(days[-1][2].timestamp())
    asked = {"what": what, "kind": kind, "first": first, "after": after, "user": principal.user}
    if principal.role == "admin":
        found = _dearest(connection, asked, limit)
    else:
        found = _added(connection, asked, "AND user = :user")
    ranked = sorted(found.items(), key=lambda one: (-one[1]["cost"] - one[1]["upper"], one[0]))
    return dict(ranked if limit < 0 else ranked[:limit])


def _dearest(connection: Connection, asked: Mapping[str, Any], limit: int) -> dict[str, Sums]:
    """Those within these days, which are added up already, and those that began before or went on behind."""
    room = limit + EDGES if limit >= 0 else -1
    rows = connection.execute(
        "SELECT id, first, last, first < :first OR last >= :after AS edge FROM spenders_whole"
        " INDEXED BY spenders_last WHERE what = :what AND kind = :kind AND last >= :first AND first < :after"
        " ORDER BY edge DESC, cost + upper DESC, id LIMIT :room",
        {**asked, "room": room},
    ).fetchall()
    edges = [row for row in rows if row["edge"]]
    if len(edges) == room:
        return _dearest(connection, asked, -1)
    inside = [row["id"] for row in rows if not row["edge"]]
    found = _whole(connection, asked, inside if limit < 0 else inside[:limit])
    before = [row for row in edges if row["first"] < asked["first"]]
    behind = [row for row in edges if row["first"] >= asked["first"]]
    if before:
        after = min(max(row["last"] for row in before) + 1, asked["after"])
        found |= _among(connection, {**asked, "after": after}, before)
    if behind:
        found |= _among(connection, {**asked, "first": min(row["first"] for row in behind)}, behind)
    return found


def _whole(connection: Connection, asked: Mapping[str, Any], ids: Sequence[str]) -> dict[str, Sums]:
    rows = connection.execute(
        f"SELECT whole.id, {', '.join(SPENT)} FROM json_each(:ids) AS one CROSS JOIN spenders_whole AS whole"
        " ON what = :what AND whole.id = one.value AND kind = :kind WHERE calls > 0",
        {**asked, "ids": json.dumps(ids)},
    )
    return {row["id"]: row for row in rows}


def _among(connection: Connection, asked: Mapping[str, Any], those: Sequence[Any]) -> dict[str, Sums]:
    ids = json.dumps([row["id"] for row in those])
    return _added(connection, {**asked, "ids": ids}, "AND id IN (SELECT value FROM json_each(:ids))")


def _added(connection: Connection, asked: Mapping[str, Any], held: str) -> dict[str, Sums]:
    """Added up from the slots of a time."""
    sums = ", ".join(f"sum({name}) AS {name}" for name in SPENT)
    rows = connection.execute(
        f"SELECT id, {sums} FROM spenders WHERE what = :what AND slot >= :first AND slot < :after"
        f" AND kind = :kind {held} GROUP BY id HAVING sum(calls) > 0",
        asked,
    )
    return {row["id"]: row for row in rows}
