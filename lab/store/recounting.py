"""What sums were kept before, with all that is kept now.

What is new is added up from the calls that are there. Of those that were deleted it stays 0: their tokens and
costs are not told apart by people, conversations and runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.store import counting, daily, spenders
from lab.store.counted import SERIES, TOKENS
from lab.store.counting import PEOPLE, SPENT, SUMMED

if TYPE_CHECKING:
    from sqlite_utils import Database

_PARTS = TOKENS[1], TOKENS[3]
"""What is written to the cache, and what is read from it."""


def create(db: Database) -> None:
    """All tables of sums as they are now, what they hold, and the triggers; which days' sums `changed`, and
    how often."""
    for name in ("counted_after_insert", "counted_before_update", "counted_after_update"):
        db.execute(f"DROP TRIGGER calls_{name}")
    db.execute("DROP VIEW measured")
    db.execute("DROP VIEW counted")  # and its triggers
    counting.views(db)
    new = [name for name in SUMMED if name not in db["rollups"].columns_dict]
    for table in ("rollups", "rollups_daily"):
        for name in new:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {name} INTEGER NOT NULL DEFAULT 0")
    if new:
        _rollups(db, new)
        _people(db)
        _spenders(db)
    counting.counted_in(db)
    counting.calls_counted(db)
    spenders.whole(db)
    _changed(db)


def _rollups(db: Database, new: list[str]) -> None:
    for when in ("insert", "update"):
        db.execute(f"DROP TRIGGER rollups_daily_{when}")
    daily.kept_by_day(db, "rollups")
    same = " AND ".join(f"series.{name} IS counted.{name}" for name in SERIES)
    db.execute(
        f"UPDATE rollups SET {', '.join(f'{name} = known.{name}' for name in new)} FROM (SELECT slot AS at,"
        f" series.id AS of, {', '.join(f'sum({name}) AS {name}' for name in new)} FROM counted"
        f" CROSS JOIN series ON {same} GROUP BY 1, 2) AS known WHERE slot = at AND series_id = of"
    )


def _people(db: Database) -> None:
    """By slot, person and kind, whatever the calls were made for."""
    for table in ("user_rollups_daily", "user_rollups"):
        db.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
    counting.table_of_sums(db, "user_rollups", PEOPLE, SPENT)
    key = ("slot", "user", "kind")
    _filled(db, "user_rollups", key, f"SELECT {', '.join(key)}, {{sums}} FROM counted GROUP BY 1, 2, 3")
    for table in ("user_rollups_daily", "user_rollups"):
        db.execute(f"DROP TABLE {table}_before")
    daily.table_of_days(db, "user_rollups")
    daily.kept_by_day(db, "user_rollups")


def _spenders(db: Database) -> None:
    db.execute("ALTER TABLE spenders RENAME TO spenders_before")
    spenders.table(db)
    each = " UNION ALL ".join(
        f"SELECT '{what}' AS what, counted.slot, calls.{column} AS id, counted.user, counted.kind, {{sums}}"
        f" FROM counted CROSS JOIN calls ON calls.id = counted.id WHERE calls.{column} NOT NULL"
        " GROUP BY 1, 2, 3, 4, 5"
        for what, column in spenders.WHAT.items()
    )
    _filled(db, "spenders", spenders.KEY, each)
    db.execute("DROP TABLE spenders_before")


def _filled(db: Database, table: str, key: tuple[str, ...], known: str) -> None:
    """What there was, and beside it what is `known` of the calls that are there. Prompts' tokens, and their
    cost, that nobody knows to be of the cache stay with the rest of the prompt."""
    was = db[f"{table}_before"].columns_dict
    written, read = (f"coalesce(known.{name}, 0)" for name in _PARTS)
    cached = "coalesce(known.cost_cache_write, 0) - coalesce(known.cost_cache_read, 0)"
    other = {
        "input_tokens": f"before.tokens_in - {written} - {read}",
        "output_tokens": "before.tokens_out",
    } | ({"cost_input": f"before.cost_prompt - {cached}"} if "cost_prompt" in was else {})
    values = {
        name: other.get(name, f"before.{name}" if name in was else f"coalesce(known.{name}, 0)")
        for name in SPENT
    }
    sums = ", ".join(f"sum(counted.{name}) AS {name}" for name in SPENT)
    names = ", ".join(f"sum({name}) AS {name}" for name in was if name not in (*key, "origin"))
    db.execute(
        f"INSERT INTO {table} ({', '.join((*key, *SPENT))})"
        f" SELECT {', '.join(f'before.{name}' for name in key)}, {', '.join(values.values())}"
        f" FROM (SELECT {', '.join(key)}, {names} FROM {table}_before GROUP BY {', '.join(key)}) AS before"
        f" LEFT JOIN ({known.format(sums=sums)}) AS known USING ({', '.join(key)})"
    )


def _changed(db: Database) -> None:
    db["changed"].create({"slot": int, "changes": int}, pk="slot", not_null={"changes"}, strict=True)
    for when in ("INSERT", "UPDATE"):
        db.execute(
            f"CREATE TRIGGER changed_{when.lower()} AFTER {when} ON rollups_daily BEGIN"
            " INSERT INTO changed VALUES (NEW.slot, 1) ON CONFLICT DO UPDATE SET changes = changes + 1; END"
        )
