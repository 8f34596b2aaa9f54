"""The same sums by whole days of UTC, so that months are added up from a few rows.

Triggers keep them, behind each change of the finer ones. A day that begins elsewhere than at midnight UTC is
the nearest whole day, with the hours it has more, and without those it has not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lab.store.days import Day

if TYPE_CHECKING:
    from sqlite_utils import Database

TABLES = ("rollups", "stops", "histograms", "user_rollups")
LONG = 86_400
_MIDNIGHT = "{0}slot - {0}slot % 86400"

Span = tuple[int, int]
"""From when to when, in seconds."""


class Piece(NamedTuple):
    """A span that belongs to a day, or with -1 as its `sign` does not though it lies in another piece of it;
    `whole`: of whole days of UTC."""

    day: str
    span: Span
    whole: bool
    sign: int = 1


def create(db: Database) -> None:
    """For each table one of days, what that holds of the sums there are, and the triggers."""
    for table in TABLES:
        table_of_days(db, table)
        kept_by_day(db, table)


def table_of_days(db: Database, table: str) -> None:
    """The table of days that belongs to one of `TABLES`, with what there is."""
    keys, sums = _columns(db, table)
    db.execute(db[table].schema.replace(f"TABLE {table} (", f"TABLE {table}_daily (", 1))
    others = [name for name in keys if name != "slot"]
    db.execute(
        f"INSERT INTO {table}_daily ({', '.join((*keys, *sums))})"
        f" SELECT {_keyed('', keys)}, {', '.join(f'sum({name})' for name in sums)} FROM {table}"
        f" GROUP BY {', '.join((_MIDNIGHT.format(''), *others))}"
    )


def kept_by_day(db: Database, table: str) -> None:
    """The triggers that have it change with the other."""
    keys, sums = _columns(db, table)
    change = ", ".join(f"{name} = {name} + excluded.{name}" for name in sums)
    for when, value in (("INSERT", "NEW.{0}"), ("UPDATE", "NEW.{0} - OLD.{0}")):
        values = ", ".join(value.format(name) for name in sums)
        db.execute(
            f"CREATE TRIGGER {table}_daily_{when.lower()} AFTER {when} ON {table} BEGIN"
            f" INSERT INTO {table}_daily ({', '.join((*keys, *sums))})"
            f" VALUES ({_keyed('NEW.', keys)}, {values}) ON CONFLICT DO UPDATE SET {change}; END"
        )


def _columns(db: Database, table: str) -> tuple[list[str], list[str]]:
    """What its rows are by, and the sums."""
    columns = db[table].columns
    return [each.name for each in columns if each.is_pk], [each.name for each in columns if not each.is_pk]


def _keyed(row: str, keys: Sequence[str]) -> str:
    return ", ".join(_MIDNIGHT.format(row) if name == "slot" else row + name for name in keys)


def pieces(days: Sequence[Day]) -> list[Piece]:
    """What these days are made of: the nearest whole days of UTC, and the hours that make the difference."""
    found = []
    for day, begins, after in days:
        name, first, last = day.isoformat(), int(begins.timestamp()), int(after.timestamp())
        begin, end = (round(each / LONG) * LONG for each in (first, last))
        if begin >= end:
            found.append(Piece(name, (first, last), False))
            continue
        found.append(Piece(name, (begin, end), True))
        found += _difference(name, first, begin)
        found += _difference(name, end, last)
    return found


def _difference(name: str, first: int, last: int) -> Iterator[Piece]:
    if first != last:
        yield Piece(name, (min(first, last), max(first, last)), False, 1 if first < last else -1)


def joined(days: Sequence[Day]) -> list[Day]:
    """Days that follow upon each other, as one."""
    found: list[Day] = []
    for day, begins, after in days:
        if found and found[-1][2] == begins:
            found[-1] = (found[-1][0], found[-1][1], after)
        else:
            found.append((day, begins, after))
    return found
