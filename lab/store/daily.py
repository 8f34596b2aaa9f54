"""The same sums by whole days of UTC, so that months are added up from a few rows.

Triggers keep them, behind each change of the finer ones. A day that begins elsewhere than at midnight UTC is
the nearest whole day, with the hours it has more, and without those it has not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from lab.store.days import Day

if TYPE_CHECKING:
    from sqlite_utils import Database

TABLES = ("rollups", "stops", "histograms", "user_rollups")
LONG = 86_400
_MIDNIGHT = "{0}slot - {0}slot % 86400"

Span = tuple[str, int, int, int]
"""The name of a day, from when to when in seconds, and 1; -1: what is in it does not belong to that day."""


def create(db: Database) -> None:
    """For each table one of days, what that holds of the sums there are, and the triggers."""
    for table in TABLES:
        columns = db[table].columns
        keys = [column.name for column in columns if column.is_pk]
        sums = [column.name for column in columns if not column.is_pk]
        daily, into = f"{table}_daily", f"INSERT INTO {table}_daily ({', '.join((*keys, *sums))})"
        db.execute(db[table].schema.replace(f"TABLE {table} (", f"TABLE {daily} (", 1))
        others = [name for name in keys if name != "slot"]
        db.execute(
            f"{into} SELECT {_keyed('', keys)}, {', '.join(f'sum({name})' for name in sums)} FROM {table}"
            f" GROUP BY {', '.join((_MIDNIGHT.format(''), *others))}"
        )
        change = ", ".join(f"{name} = {name} + excluded.{name}" for name in sums)
        for when, value in (("INSERT", "NEW.{0}"), ("UPDATE", "NEW.{0} - OLD.{0}")):
            values = ", ".join(value.format(name) for name in sums)
            db.execute(
                f"CREATE TRIGGER {daily}_{when.lower()} AFTER {when} ON {table} BEGIN"
                f" {into} VALUES ({_keyed('NEW.', keys)}, {values}) ON CONFLICT DO UPDATE SET {change}; END"
            )


def _keyed(row: str, keys: Sequence[str]) -> str:
    return ", ".join(_MIDNIGHT.format(row) if name == "slot" else row + name for name in keys)


def kept(
    table: str, columns: Sequence[str], days: Sequence[Day], conditions: str, apart: bool
) -> tuple[str, Mapping[str, str]]:
    """What is kept of these days in one of `TABLES`, as a table `kept` with `day` and these columns, each row
    counting `sign` times, and the values in that. `conditions`: ` AND …` on its rows; `apart`: whether it
    matters which of the days something belongs to."""
    whole, parts = spans(days if apart else _joined(days))
    rows = " UNION ALL ".join(
        f"SELECT span.value ->> 0 AS day, span.value ->> 3 AS sign, {', '.join(columns)}"
        f" FROM json_each(:{name}) AS span CROSS JOIN {source}"
        f" ON slot >= span.value ->> 1 AND slot < span.value ->> 2 WHERE true{conditions}"
        for name, source in (("whole", f"{table}_daily"), ("parts", table))
    )
    return f"({rows}) AS kept", {"whole": json.dumps(whole), "parts": json.dumps(parts)}


def spans(days: Sequence[Day]) -> tuple[list[Span], list[Span]]:
    """The whole days of UTC nearest to these days, and the hours that make the difference."""
    whole, parts = [], []
    for day, begins, after in days:
        name, first, last = day.isoformat(), int(begins.timestamp()), int(after.timestamp())
        begin, end = (round(each / LONG) * LONG for each in (first, last))
        if begin >= end:
            parts.append((name, first, last, 1))
            continue
        whole.append((name, begin, end, 1))
        parts += [(name, *each) for each in _difference(first, begin)]
        parts += [(name, *each) for each in _difference(end, last)]
    return whole, parts


def _difference(first: int, last: int) -> Iterator[tuple[int, int, int]]:
    if first < last:
        yield first, last, 1
    elif last < first:
        yield last, first, -1


def _joined(days: Sequence[Day]) -> list[Day]:
    """Days that follow upon each other, as one."""
    found: list[Day] = []
    for day, begins, after in days:
        if found and found[-1][2] == begins:
            found[-1] = (found[-1][0], found[-1][1], after)
        else:
            found.append((day, begins, after))
    return found
