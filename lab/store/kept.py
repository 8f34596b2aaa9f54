"""Adding up the sums that are kept, over some days: from the tables of whole days, and from the finer ones
what the days of a time zone are more or less than those.

Where a zone's days begin far from midnight UTC, that is many rows. So what was added up of a past span of
hours is kept in mind, until something in it changes.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from operator import add, sub
from typing import Any, NamedTuple

from lab.store import daily, sqlite
from lab.store.counted import SERIES
from lab.store.daily import LONG, Span
from lab.store.days import Day
from lab.store.sqlite import Connection

MOST = 300_000
"""Rows that are kept in mind, some 60 MB."""

PEOPLE = "user_rollups"
"""This table has no series: what its sums are by stands in its rows."""

Key = tuple[Any, ...]
Rows = Mapping[Key, tuple[int, ...]]
"""What calls have in common, and their sums."""
Stamp = tuple[tuple[int, int], ...]
"""How often the sums of which days changed."""


class Asked(NamedTuple):
    """Some columns of a table of `daily.TABLES`, added up by what calls have in common; `held`: ` AND …` on
    its rows, with the values in that."""

    table: str
    sums: Sequence[str]
    by: Sequence[str]
    held: str
    values: Mapping[str, Any]

    @property
    def columns(self) -> tuple[str, ...]:
        """The sums, and how many calls these are."""
        return (*self.sums, "calls") if "calls" not in self.sums else (*self.sums,)

    def query(self, table: str) -> str:
        """By span; calls that were taken out again are as good as none."""
        named = self.table != PEOPLE and {*self.by} & {*SERIES}
        series = " CROSS JOIN series ON series.id = series_id" if named else ""
        sums = ", ".join(f"sum({name})" for name in self.columns)
        return (
            f"SELECT {', '.join(('span.key', *self.by, sums))} FROM json_each(:spans) AS span"
            f" CROSS JOIN {table} ON slot >= span.value ->> 0 AND slot < span.value ->> 1{series}"
            f" WHERE true{self.held} GROUP BY {', '.join(map(str, range(1, len(self.by) + 2)))}"
        )


def summed(connection: Connection, asked: Asked, days: Sequence[Day], apart: bool) -> list[tuple[str, Rows]]:
    """What each of these days, or with `apart` False all of them, came to: their names and sums."""
    pieces = daily.pieces(days if apart else daily.joined(days))
    whole = _read(connection, asked, f"{asked.table}_daily", [each.span for each in pieces if each.whole])
    hours = _remembered(connection, asked, [each.span for each in pieces if not each.whole])
    many = asked.columns.index("calls")
    parts: dict[str, list[tuple[int, Rows]]] = {}
    for each in pieces:
        name = each.day if apart else ""
        parts.setdefault(name, []).append((each.sign, (whole if each.whole else hours)[each.span]))
    return [(name, _together(each, many)) for name, each in parts.items()]


def _together(parts: Sequence[tuple[int, Rows]], many: int) -> Rows:
    """Added up, or with -1 taken away; what no call is left of (the sum at `many`) is missing."""
    (_, first), *others = parts  # the whole days, where there are any
    found = dict(first)
    for sign, rows in others:
        way, nothing = (add, None) if sign > 0 else (sub, (0,) * len(next(iter(rows.values()), ())))
        for key, sums in rows.items():
            known = found.get(key, nothing)
            found[key] = sums if known is None else (*map(way, known, sums),)
    return {key: sums for key, sums in found.items() if sums[many] > 0}


def _read(connection: Connection, asked: Asked, table: str, spans: Sequence[Span]) -> dict[Span, Rows]:
    """The rows of each of these spans, read now."""
    found: dict[int, dict[Key, tuple[int, ...]]] = defaultdict(dict)
    if spans:
        key = len(asked.by) + 1
        values = {**asked.values, "spans": json.dumps(spans)}
        for row in map(tuple, connection.execute(asked.query(table), values)):
            found[row[0]][row[1:key]] = row[key:]
    return {span: found[number] for number, span in enumerate(spans)}


_memory: OrderedDict[Key, tuple[Stamp, Rows]] = OrderedDict()
_lock = threading.Lock()


def _remembered(connection: Connection, asked: Asked, spans: Sequence[Span]) -> dict[Span, Rows]:
    """The same of hours, out of memory as far as nothing in their days has changed since."""
    if not spans:
        return {}
    stamps = _stamps(connection, spans)  # read first: what comes meanwhile is read again the next time
    head = (sqlite.file(connection), asked.query(asked.table), json.dumps(asked.values, sort_keys=True))
    with _lock:
        found = {
            span: kept[1]
            for span in spans
            if (kept := _memory.get((*head, span))) is not None and kept[0] == stamps[span]
        }
        for span in found:
            _memory.move_to_end((*head, span))
    missing = [span for span in dict.fromkeys(spans) if span not in found]
    new = _read(connection, asked, asked.table, missing)
    with _lock:
        _memory.update({(*head, span): (stamps[span], rows) for span, rows in new.items()})
        while sum(len(rows) + 1 for _, rows in _memory.values()) > MOST:
            _memory.popitem(last=False)
    return found | new


def _stamps(connection: Connection, spans: Sequence[Span]) -> dict[Span, Stamp]:
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    rows = connection.execute(
        "SELECT slot, changes FROM changed WHERE slot >= ? AND slot < ?", (first - LONG + 1, last)
    )
    changes = dict(map(tuple, rows))
    return {
        span: tuple((day, changes.get(day, 0)) for day in range(span[0] - span[0] % LONG, span[1], LONG))
        for span in spans
    }
