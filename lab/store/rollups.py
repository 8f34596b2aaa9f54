"""Reading the sums that are kept of all calls: quick however long the log is.

A person who is no admin sees sums of their own calls, which are added up from these as they are.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from lab.store.counted import SERIES
from lab.store.counting import RATIO, SPENT, SUMMED
from lab.store.days import Day
from lab.store.kept import PEOPLE, Asked, summed
from lab.store.sqlite import Connection, explained
from lab.store.wanted import first_id
from lab.types import Principal

PRODUCT = ("chat", "api")
"""The origins of product traffic: what users cause, not checks, judges, comparisons and load tests."""
ERROR = math.sqrt(RATIO) - 1
"""How far off what is read from a histogram may be, as a share of it: half a bucket, 4.9 %."""

Where = Mapping[str, Collection[Any]]
"""Which values some of `SERIES` may have."""
Histogram = Mapping[int, int]
"""Calls by bucket."""
Key = tuple[Any, ...]

_CALLS = (
    "(SELECT value ->> 0 AS day, value ->> 1 AS first, value ->> 2 AS after, value ->> 3 AS id_first,"
    " value ->> 4 AS id_after FROM json_each(:days)) CROSS JOIN {view} AS kept ON kept.id >= id_first AND"
    " kept.id < id_after AND slot >= first AND slot < after WHERE true"
)
_QUEUED = timedelta(days=1)
"""Between a call's being named and its beginning, at most."""


@explained
def rolled(
    connection: Connection,
    principal: Principal,
    days: Sequence[Day],
    sums: Sequence[str] = SUMMED,
    by: Sequence[str] = ("day", *SERIES),
    where: Mapping[str, Collection[Any]] = {},
) -> list[dict[str, Any]]:
    """These of the `SUMMED` of the calls in these days, for each of what they have of `by` (of "day" and
    `SERIES`). Money is in picodollars."""
    return _rows(connection, principal, days, ("rollups", "counted"), sums, by, where)


@explained
def stopped(
    connection: Connection,
    principal: Principal,
    days: Sequence[Day],
    by: Sequence[str] = (),
    where: Mapping[str, Collection[Any]] = {},
) -> list[dict[str, Any]]:
    """How many `calls` stopped for which `stop_reason`; `by` as in `rolled`."""
    rows = _rows(connection, principal, days, ("stops", "counted"), ("calls",), (*by, "stop_reason"), where)
    return [row for row in rows if row["stop_reason"] is not None]


@explained
def histograms(
    connection: Connection,
    principal: Principal,
    days: Sequence[Day],
    measure: str,
    by: Sequence[str] = ("day", *SERIES),
    where: Mapping[str, Collection[Any]] = {},
) -> dict[Key, Histogram]:
    """The histogram of one of `MEASURES`, for each of what the calls have of `by`."""
    where = {**where, "measure": (measure,)}
    found: dict[Key, dict[int, int]] = defaultdict(dict)
    for key, (calls, *_) in _added(
        connection, principal, days, ("histograms", "measured"), ("calls",), (*by, "bucket"), where
    ):
        found[key[:-1]][key[-1]] = calls
    return found


@explained
def measured(
    connection: Connection,
    principal: Principal,
    days: Sequence[Day],
    measures: Sequence[str],
    by: Sequence[str] = ("day", *SERIES),
    where: Mapping[str, Collection[Any]] = {},
) -> dict[str, dict[Key, list[float]]]:
    """All values of some measures themselves, in their order, of the calls that are still in the log. It
    reads every one of those calls: a second for some 100,000."""
    conditions, values = _conditions(where)
    mine = {} if principal.role == "admin" else {"user": "user = :user"}
    held = "".join(f" AND {each}" for each in (conditions | mine).values())
    names = ["slot" if name == "day" else name for name in by]
    rows = connection.execute(
        f"SELECT {', '.join((*names, *(f'{name}_measured' for name in measures)))} FROM counted"
        f" WHERE id >= :first AND id < :after AND slot >= :begin AND slot < :end{held}",
        values
        | {"user": principal.user, "begin": days[0][1].timestamp(), "end": days[-1][2].timestamp()}
        | {"first": first_id(days[0][1] - _QUEUED), "after": first_id(days[-1][2] + _QUEUED)},
    )
    day_of = _day_of(days) if "day" in by else None
    found: dict[str, dict[Key, list[float]]] = {name: defaultdict(list) for name in measures}
    for row in map(tuple, rows):
        key = row[: len(by)]
        if day_of is not None:
            at = by.index("day")
            key = (*key[:at], day_of(key[at]), *key[at + 1 :])
        for name, value in zip(measures, row[len(by) :], strict=True):
            if value is not None:
                found[name][key].append(value)
    return {name: {key: sorted(each) for key, each in keys.items()} for name, keys in found.items()}


def _day_of(days: Sequence[Day]) -> Callable[[int], str]:
    """Which of these days a slot lies in; they follow upon each other."""
    begins = [int(begin.timestamp()) for _, begin, _ in days]
    return lambda slot: days[bisect_right(begins, slot) - 1][0].isoformat()


@explained
def spent_by_user(
    connection: Connection, principal: Principal, days: Sequence[Day], by: Sequence[str] = ("user",)
) -> list[dict[str, Any]]:
    """What each person's calls came to (`SPENT`); `by`: of "day", "user" and "kind". Of others than
    themselves only an admin sees anything."""
    mine = "" if principal.role == "admin" else " AND user = :user"
    names = [name for name in by if name != "day"]
    asked = Asked(PEOPLE, SPENT, names, mine, {"user": principal.user} if mine else {})
    return [
        dict(zip(by, key, strict=True)) | dict(zip(SPENT, sums, strict=False))
        for key, sums in _by_day(connection, asked, days, by)
    ]


def percentile(histogram: Histogram, share: float) -> float | None:
    """The value that this share of the calls does not exceed, to within `ERROR` of itself; None of none."""
    rank, seen = share * sum(histogram.values()), 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if histogram[bucket] and seen >= rank:
            return RATIO ** (bucket + 0.5)
    return None


def up_to(histogram: Histogram, value: float) -> float:
    """How many calls have no more than this value: those in the bucket that it falls into by how far into it
    it is."""
    found = 0.0
    for bucket, calls in histogram.items():
        into = math.log(value / RATIO**bucket, RATIO) if value > 0 else 0.0
        found += calls * min(max(into, 0.0), 1.0)
    return found


def exactly_at(values: Sequence[float], share: float) -> float | None:
    """The same of the values themselves, in their order."""
    return values[max(math.ceil(share * len(values)), 1) - 1] if values else None


def _rows(
    connection: Connection,
    principal: Principal,
    days: Sequence[Day],
    sources: tuple[str, str],
    sums: Sequence[str],
    by: Sequence[str],
    where: Where,
) -> list[dict[str, Any]]:
    return [
        dict(zip((*by, *sums), (*key, *row), strict=False))
        for key, row in _added(connection, principal, days, sources, sums, by, where)
    ]


def _added(
    connection: Connection,
    principal: Principal,
    days: Sequence[Day],
    sources: tuple[str, str],
    sums: Sequence[str],
    by: Sequence[str],
    where: Where,
) -> Iterable[tuple[Key, Sequence[Any]]]:
    """Rows of a table, or for a person who is no admin of a view of their calls, added up: the sums, and how
    many calls these are."""
    conditions, values = _conditions(where)
    table, view = sources
    if principal.role == "admin":
        series = " AND ".join(each for name, each in conditions.items() if name in SERIES)
        held = "".join(f" AND {each}" for name, each in conditions.items() if name not in SERIES)
        held += f" AND series_id IN (SELECT id FROM series WHERE {series})" if series else ""
        names = [name for name in by if name != "day"]
        return _by_day(connection, Asked(table, sums, names, held, values), days, by)
    source = _source(principal, view) + "".join(f" AND {each}" for each in conditions.values())
    columns = [*by, *(f"sum({name})" for name in (*sums, "kept.calls"))]
    grouped = f" GROUP BY {', '.join(by) or 'NULL'} HAVING sum(kept.calls) > 0"
    values |= {"days": _spans(days), "user": principal.user}
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM {source}{grouped}", values)
    return [(row[: len(by)], row[len(by) :]) for row in map(tuple, rows)]


def _by_day(
    connection: Connection, asked: Asked, days: Sequence[Day], by: Sequence[str]
) -> Iterable[tuple[Key, Sequence[Any]]]:
    """`by` may say "day" in any place."""
    at = by.index("day") if "day" in by else None
    for day, rows in summed(connection, asked, days, apart=at is not None):
        for key, row in rows.items():
            yield key if at is None else (*key[:at], day, *key[at:]), row


def _source(principal: Principal, view: str) -> str:
    """The calls themselves that the person may see."""
    return _CALLS.format(view=view) + ("" if principal.role == "admin" else " AND user = :user")


def _conditions(where: Where) -> tuple[dict[str, str], dict[str, Any]]:
    names = {name: f"{name} IN (SELECT value FROM json_each(:{name}))" for name in where}
    return names, {name: json.dumps([*values]) for name, values in where.items()}


def _spans(days: Sequence[Day]) -> str:
    return json.dumps([*_each(days)])


def _each(days: Sequence[Day]) -> Iterator[tuple[str, int, int, str, str]]:
    for day, begins, after in days:
        span = int(begins.timestamp()), int(after.timestamp())
        yield day.isoformat(), *span, first_id(begins - _QUEUED), first_id(after + _QUEUED)
