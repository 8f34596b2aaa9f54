"""What each conversation and each run of a check cost: sums that are kept with every write, as others are.

`spenders` has them by slot, `spenders_whole` all of them together, from its first to its last slot: so the
dearest of a time are found without adding up any but those that go beyond its ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
_DEAREST = "ORDER BY most DESC, id"

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
    asked = {
        "what": what, "kind": kind, "limit": limit,
        "first": int(days[0][1].timestamp()), "after": int(days[-1][2].timestamp()),
    }  # fmt: skip
    if principal.role == "admin":
        found = {row["id"]: dict(row) for row in _dearest(connection, asked)}
    else:
        mine = {**asked, "user": principal.user}
        found = {row["id"]: dict(row) for row in _added(connection, mine, "AND user = :user")}
    ranked = sorted(found.items(), key=lambda one: (-one[1].pop("most"), one[0]))
    return dict(ranked if limit < 0 else ranked[:limit])


def _dearest(connection: Connection, asked: Mapping[str, Any]) -> Iterator[Any]:
    """Those within these days, which are added up already, and those that began before or went on behind."""
    at = "what = :what AND kind = :kind AND last >= :first AND first < :after"
    sums = ", ".join(f"found.{name}" for name in SPENT)
    yield from connection.execute(
        f"SELECT id, {sums}, most FROM (SELECT id, cost + upper AS most FROM spenders_whole"
        f" INDEXED BY spenders_last WHERE {at} AND first >= :first AND last < :after {_DEAREST} LIMIT :limit)"
        " CROSS JOIN spenders_whole AS found USING (id) WHERE what = :what AND kind = :kind AND calls > 0",
        asked,
    )
    for over, first, after in (
        ("first < :first", ":first", "min(max(last) + 1, :after)"),
        ("first >= :first AND last >= :after", "min(first)", ":after"),
    ):
        row = connection.execute(
            f"SELECT json_group_array(id) AS ids, {first} AS first, {after} AS after FROM spenders_whole"
            f" INDEXED BY spenders_last WHERE {at} AND {over}",
            asked,
        ).fetchone()
        if row["ids"] != "[]":
            yield from _added(
                connection, {**asked, **dict(row)}, "AND id IN (SELECT value FROM json_each(:ids))"
            )


def _added(connection: Connection, asked: Mapping[str, Any], held: str) -> Iterator[Any]:
    """Added up from the slots of a time."""
    sums = ", ".join(f"sum({name}) AS {name}" for name in SPENT)
    return connection.execute(
        f"SELECT id, {sums}, sum(cost + upper) AS most FROM spenders WHERE what = :what AND slot >= :first"
        f" AND slot < :after AND kind = :kind {held} GROUP BY id HAVING sum(calls) > 0 {_DEAREST}"
        " LIMIT :limit",
        asked,
    )
