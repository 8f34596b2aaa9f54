"""Reading the sums that are kept of all calls: quick however long the log is.

A person who is no admin sees sums of their own calls, which are added up from these as they are.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from lab.store import daily
from lab.store.counted import SERIES
from lab.store.counting import RATIO, SUMMED, USERS
from lab.store.days import Day
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
    return _rows(
        connection, principal, days, ("rollups", "counted"), {each: each for each in sums}, by, where
    )


@explained
def stopped(
    connection: Connection,
    principal: Principal,
    days: Sequence[Day],
    by: Sequence[str] = (),
    where: Mapping[str, Collection[Any]] = {},
) -> list[dict[str, Any]]:
    """How many `calls` stopped for which `stop_reason`; `by` as in `rolled`."""
    rows = _rows(
        connection, principal, days, ("stops", "counted"), {"calls": "calls"}, (*by, "stop_reason"), where
    )
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
    for row in _rows(
        connection, principal, days, ("histograms", "measured"), {"calls": "calls"}, (*by, "bucket"), where
    ):
        found[tuple(row[each] for each in by)][row["bucket"]] = row["calls"]
    return found


@explained
def measured(
    connection: Connection,
    principal: Principal,
    days: Sequence[Day],
    measure: str,
    by: Sequence[str] = ("day", *SERIES),
    where: Mapping[str, Collection[Any]] = {},
) -> dict[Key, list[float]]:
    """All values of a measure themselves, in their order, of the calls that are still in the log. It reads
    every one of those calls: seconds for a million."""
    conditions, values = _conditions({**where, "measure": (measure,)})
    source, held = _source(principal, "measured"), "".join(f" AND {each}" for each in conditions.values())
    rows = connection.execute(
        f"SELECT {', '.join((*by, 'value'))} FROM {source}{held} ORDER BY value",
        values | {"days": _spans(days), "user": principal.user},
    )
    found: dict[Key, list[float]] = defaultdict(list)
    for *key, value in rows:
        found[tuple(key)].append(value)
    return found


@explained
def spent_by_user(
    connection: Connection, principal: Principal, days: Sequence[Day], by: Sequence[str] = ("user",)
) -> list[dict[str, Any]]:
    """What each person's calls came to (`USERS`); `by`: of "day", "user", "kind" and "origin". Of others than
    themselves only an admin sees anything."""
    mine = "" if principal.role == "admin" else " AND user = :user"
    columns = ("user", "kind", "origin", *USERS)
    source, values = daily.kept("user_rollups", columns, days, mine, "day" in by)
    rows = connection.execute(
        f"SELECT {', '.join(by)}, {', '.join(f'sum(sign * {name}) AS {name}' for name in USERS)}"
        f" FROM {source} GROUP BY {', '.join(by)} HAVING sum(sign * calls) > 0",
        {**values, "user": principal.user},
    )
    return [dict(row) for row in rows]


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
    sums: Mapping[str, str],
    by: Sequence[str],
    where: Where,
) -> list[dict[str, Any]]:
    """Rows of a table, or for a person who is no admin of a view of their calls, added up."""
    conditions, values = _conditions(where)
    table, view = sources
    if principal.role == "admin":
        return _kept(connection, table, days, sums, by, conditions, values)
    source = _source(principal, view) + "".join(f" AND {each}" for each in conditions.values())
    columns = [*by, *(f"sum({value}) AS {name}" for name, value in sums.items())]
    grouped = f" GROUP BY {', '.join(by) or 'NULL'} HAVING sum(kept.calls) > 0"
    values |= {"days": _spans(days), "user": principal.user}
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM {source}{grouped}", values)
    return [dict(row) for row in rows]


def _kept(
    connection: Connection,
    table: str,
    days: Sequence[Day],
    sums: Mapping[str, str],
    by: Sequence[str],
    conditions: Mapping[str, str],
    values: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Rows of a table added up: first by the numbers of the series, which is quicker than by their names."""
    series = " AND ".join(each for name, each in conditions.items() if name in SERIES)
    held = "".join(f" AND {each}" for name, each in conditions.items() if name not in SERIES)
    held += f" AND series_id IN (SELECT id FROM series WHERE {series})" if series else ""
    own = [name for name in by if name not in ("day", *SERIES)]
    keys = [*(name for name in by if name == "day"), "series_id", *own]
    source, spans = daily.kept(
        table, [*dict.fromkeys(["series_id", *own, "calls", *sums.values()])], days, held, "day" in by
    )
    added = ", ".join(f"sum(sign * {value}) AS {name}" for name, value in sums.items())
    rows = connection.execute(
        f"SELECT {', '.join(keys)}, {added}, sum(sign * calls) AS many FROM {source}"
        f" GROUP BY {', '.join(keys)} HAVING many > 0",
        {**values, **spans},
    )
    names = {row["id"]: row for row in connection.execute("SELECT * FROM series")}
    found: dict[Key, dict[str, Any]] = {}
    for row in rows:
        of = names[row["series_id"]]
        key = tuple(of[name] if name in SERIES else row[name] for name in by)
        if key in found:
            for name in sums:
                found[key][name] += row[name]
        else:
            found[key] = dict(zip(by, key, strict=True)) | {name: row[name] for name in sums}
    return [*found.values()]


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
