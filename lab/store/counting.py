"""Sums that are kept with every write: of the calls of a slot of time that have a series in common.

Triggers keep them, in the transaction of the call's own row: whatever changes in a row that has ended, or is
rated, is taken out as it was and put in as it is. Rows that are deleted stay counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from lab import bill, spent
from lab.models import Model
from lab.store.counted import AMOUNTS, CHANGING, COLUMNS, COUNTED, MEASURED, MEASURES, SERIES, TERMS
from lab.types import Usage

if TYPE_CHECKING:
    from sqlite_utils import Database

RATIO = 1.1
"""Of the ends of a histogram's bucket."""
BUCKETS = range(-80, 201)
"""From 0.0005 to 190 million."""
LOWEST = RATIO ** BUCKETS[0]
"""What is less is in the first bucket."""

SUMMED = (*AMOUNTS, "thumbs_up", "thumbs_down")
"""The sums of a series."""
SPENT = (*spent.SUMS, "cache_hits")
"""The sums of a person's calls, and of a conversation's or a run's."""
PEOPLE = "slot INTEGER, user TEXT, kind TEXT"
"""What the sums of people are by."""
OF_ATTEMPTS = {
    **{name: f"CASE WHEN count(*) = count({name}) THEN coalesce(sum({name}), 0) END" for name in TERMS},
    **{
        f"failed_{end}": f"CASE WHEN total(state != 'ok' AND cost_{end} IS NULL) = 0"
        f" THEN coalesce(sum(CASE WHEN state != 'ok' THEN cost_{end} END), 0) END"
        for end in ("floor", "upper")
    },
}
"""What a call's attempts add up to: the terms of its cost, and what those cost that gave no answer."""

_KNOWN = " AND ".join(f"series.{name} IS {{0}}.{name}" for name in SERIES)


def create(db: Database) -> None:
    """The tables, what they hold of the calls there are, and the triggers."""
    for name in TERMS:
        db["attempts"].add_column(name, int)
    for name in (*OF_ATTEMPTS, "cost_meant", "turn", "followed", "is_last"):
        db["calls"].add_column(name, int)
    _terms_found(db)
    _turns_found(db)
    _tables(db)
    views(db)
    counted_in(db)
    db.execute("INSERT INTO counted SELECT * FROM counted")
    calls_counted(db)
    _rating_triggers(db)


def views(db: Database) -> None:
    """What a call adds to the sums."""
    db.execute(COUNTED)
    db.execute(MEASURED)


def counted_in(db: Database) -> None:
    """The trigger that adds it."""
    db.execute(f"CREATE TRIGGER counted_in INSTEAD OF INSERT ON counted BEGIN {'; '.join(_added())}; END")


def calls_counted(db: Database) -> None:
    """The triggers that have calls added when they have ended, and taken out and added again when they
    change."""
    taken_out = ", ".join("-1" if name == "calls" else name for name in COLUMNS)
    for when, row, values in (
        ("AFTER INSERT", "NEW", "*"),
        (f"BEFORE UPDATE OF {', '.join(CHANGING)}", "OLD", taken_out),
        (f"AFTER UPDATE OF {', '.join(CHANGING)}", "NEW", "*"),
    ):
        name = f"calls_counted_{when.split(' OF')[0].replace(' ', '_').lower()}"
        db.execute(
            f"CREATE TRIGGER {name} {when} ON calls WHEN {row}.state NOT IN ('started', 'streaming')"
            f" BEGIN INSERT INTO counted SELECT {values} FROM counted WHERE id = {row}.id; END"
        )


def _tables(db: Database) -> None:
    db["buckets"].create({"bucket": int, "low": float, "high": float}, pk="bucket", strict=True)
    db["buckets"].insert_all({"bucket": n, "low": RATIO**n, "high": RATIO ** (n + 1)} for n in BUCKETS)
    db["buckets"].create_index(["low"])
    db["series"].create(
        {"id": int, "kind": str, "model": str, "prompt": str, "version": int, "origin": str}
        | {"batch": int, "endpoint": str},
        pk="id",
        not_null={"kind", "model", "origin", "batch", "endpoint"},
        strict=True,
    )
    db["series"].create_index(["model", "prompt", "version", "origin", "kind", "endpoint", "batch"])
    for table, key, sums in (
        ("rollups", "slot INTEGER, series_id INTEGER", SUMMED),
        ("stops", "slot INTEGER, series_id INTEGER, stop_reason TEXT", ("calls",)),
        ("histograms", "measure TEXT, slot INTEGER, series_id INTEGER, bucket INTEGER", ("calls",)),
        ("user_rollups", PEOPLE, SPENT),
    ):
        table_of_sums(db, table, key, sums)


def table_of_sums(db: Database, table: str, key: str, sums: Iterable[str]) -> None:
    """A table with so many keys, each with its type, and sums."""
    keys = ", ".join(each.split()[0] for each in key.split(", "))
    columns = ", ".join(f"{name} INTEGER NOT NULL" for name in sums)
    db.execute(f"CREATE TABLE {table} ({key}, {columns}, PRIMARY KEY ({keys})) STRICT, WITHOUT ROWID")


def _added() -> Iterator[str]:
    """What puts a row that is inserted into `counted` into the tables; with -1 for its `calls`, what takes it
    out."""
    same = _KNOWN.format("NEW")
    values = ", ".join(f"NEW.{name}" for name in SERIES)
    yield (
        f"INSERT INTO series ({', '.join(SERIES)}) SELECT {values}"
        f" WHERE NOT EXISTS (SELECT 1 FROM series WHERE {same})"
    )
    series = {"slot": "NEW.slot", "series_id": f"(SELECT id FROM series WHERE {same})"}
    stopped = series | {"stop_reason": "NEW.stop_reason"}
    bucket = f"(SELECT bucket FROM buckets WHERE low <= max(value, {LOWEST}) ORDER BY low DESC LIMIT 1)"
    measured = {"measure": "measure"} | series | {"bucket": bucket}
    values = " UNION ALL ".join(
        f"SELECT '{name}' AS measure, NEW.{name}_measured AS value" for name in MEASURES
    )
    user = {name: f"NEW.{name}" for name in ("slot", "user", "kind")}
    one = {"calls": "1"}
    summed = {name: "1" if name == "calls" else f"NEW.{name}" for name in SUMMED}
    for table, key, sums, source in (
        ("rollups", series, summed, "true"),
        ("stops", stopped, one, "NEW.stop_reason NOT NULL"),
        ("histograms", measured, one, "value NOT NULL"),
        ("user_rollups", user, {name: summed[name] for name in SPENT}, "true"),
    ):
        source = f"FROM ({values}) WHERE {source}" if table == "histograms" else f"WHERE {source}"
        added = ", ".join((*key.values(), *(f"NEW.calls * ({each})" for each in sums.values())))
        change = ", ".join(f"{name} = {name} + excluded.{name}" for name in sums)
        columns = ", ".join((*key, *sums))
        yield f"INSERT INTO {table} ({columns}) SELECT {added} {source} ON CONFLICT DO UPDATE SET {change}"


def _rating_triggers(db: Database) -> None:
    """A rating of a call that has ended; of one that has not it is counted with the call."""
    place = f"SELECT slot, series.id FROM counted JOIN series ON {_KNOWN.format('counted')}"
    change = (
        "UPDATE rollups SET thumbs_up = thumbs_up {0} ({1}.value > 0),"
        " thumbs_down = thumbs_down {0} ({1}.value < 0)"
        f" WHERE (slot, series_id) = ({place} WHERE counted.id = {{1}}.call_id); "
    )
    put, take = change.format("+", "NEW"), change.format("-", "OLD")
    for when, body in (("INSERT", put), ("DELETE", take), ("UPDATE", take + put)):
        db.execute(f"CREATE TRIGGER ratings_counted_{when.lower()} AFTER {when} ON ratings BEGIN {body} END")


def _terms_found(db: Database) -> None:
    """The terms of what was paid before they were kept, where the price that was stored with the call gives
    exactly its cost; else they stay NULL."""
    rows = db.execute(
        f"SELECT call_id, number, {', '.join(f'attempts.{name}' for name in Usage.__slots__)}, attempts.cost,"
        " attempts.cost_basis, model, body FROM attempts JOIN calls ON calls.id = call_id"
        " LEFT JOIN texts ON texts.id = price_id WHERE attempts.cost IS NOT NULL"
    ).fetchall()
    names = ", ".join(f"{name} = ?" for name in TERMS)
    db.conn.executemany(f"UPDATE attempts SET {names} WHERE call_id = ? AND number = ?", _found(rows))
    sums = ", ".join(OF_ATTEMPTS.values())
    db.execute(
        f"UPDATE calls SET ({', '.join(OF_ATTEMPTS)}) = (SELECT {sums} FROM attempts"
        " WHERE call_id = calls.id) WHERE cost_basis IS NOT NULL"
    )


def _found(rows: Iterable[Mapping[str, object]]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        if row["cost_basis"] == "none":
            yield (*(0,) * len(TERMS), row["call_id"], row["number"])
        elif row["body"] and (terms := bill.logged_terms(row, json.loads(row["body"]), Model(row["model"]))):
            yield (*terms, row["call_id"], row["number"])


def _turns_found(db: Database) -> None:
    """Which turn of its conversation a call is, whether another stands behind it, and whether it is the last
    that the conversation shows."""
    db.execute(
        "WITH RECURSIVE at (conversation_id, call_id, turn) AS (SELECT conversation_id, call_id, 1 FROM turns"
        " WHERE parent_id IS NULL UNION ALL SELECT turns.conversation_id, turns.call_id, at.turn + 1 FROM at"
        " JOIN turns ON turns.conversation_id = at.conversation_id AND turns.parent_id = at.call_id)"
        " UPDATE calls SET turn = at.turn,"
        " followed = CASE WHEN EXISTS (SELECT 1 FROM turns WHERE turns.conversation_id = at.conversation_id"
        " AND turns.parent_id = at.call_id) THEN 1 END,"
        " is_last = (SELECT CASE WHEN head_id = at.call_id THEN 1 END FROM conversations"
        " WHERE id = at.conversation_id)"
        " FROM at WHERE calls.id = at.call_id AND calls.conversation_id = at.conversation_id"
    )
