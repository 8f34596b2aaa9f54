"""What calls cost, by whatever they have in common: from the sums that are kept with every write."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.spent import SUMS, Spent, added, dearest
from lab.store.days import Day
from lab.store.rollups import PRODUCT, rolled, spent_by_user
from lab.store.spenders import WHAT, costliest
from lab.store.sqlite import Connection, explained
from lab.types import Principal

_SERIES = {
    "model": ("model",),
    "prompt": ("prompt", "version"),
    "use": ("batch", "origin"),
    "origin": ("origin",),
    "source": ("batch", "endpoint"),
}
BY = (*_SERIES, "user", *WHAT, "day")
"""What calls can have in common. `prompt` is `support@2`, or `support` for a draft; `use` one of `USES`;
`source` what was asked, and whether in batches."""
USES = ("product", "checks", "judges", "batches", "others")
"""What calls are for: people who use the product, checks, their judges; batches, whatever they are for."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the calls of a kind and a model cost on a day."""

    day: str
    kind: str
    model: str
    spent: Spent


def spending(connection: Connection, principal: Principal, days: Sequence[Day]) -> list[Row]:
    """What the calls that the person may see cost, for each of these days."""
    by = ("day", "kind", "model")
    rows = rolled(connection, principal, days, SUMS, by)
    return [Row(*(row[name] for name in by), _spent(row)) for row in rows if row["calls"]]


def spending_by(
    connection: Connection, principal: Principal, days: Sequence[Day], kind: str, by: str, limit: int = -1
) -> dict[str | None, Spent]:
    """What those of a kind cost by one of `BY`, what cost most first, days in their order.

    By `conversation` and `run` there are those alone that have one, and as many as `limit`.
    """
    if by == "day":
        return split((row for row in spending(connection, principal, days) if row.kind == kind), "day")
    if by == "user":
        people = spent_by_user(connection, principal, days, ("user", "kind"))
        return dearest({row["user"]: _spent(row) for row in people if row["kind"] == kind})
    if by in WHAT:
        found = costliest(connection, principal, days, kind, by, limit)
        return {id: _spent(row) for id, row in found.items()}
    each: dict[str | None, list[Spent]] = {}
    for row in rolled(connection, principal, days, SUMS, _SERIES[by], {"kind": (kind,)}):
        each.setdefault(_name(by, kind, row), []).append(_spent(row))
    return dearest({name: together for name, rows in each.items() if (together := added(rows)).calls})


def _name(by: str, kind: str, row: Mapping[str, Any]) -> str | None:
    if by == "prompt" and row["prompt"] is not None:
        return row["prompt"] if row["version"] is None else f"{row['prompt']}@{row['version']}"
    if by == "source":
        source = ("batch" if row["batch"] else "api") if kind == "real" else kind
        return f"{source} · {row['endpoint']}"
    if by == "use":
        uses = dict.fromkeys(PRODUCT, "product") | {"check": "checks", "judge": "judges"}
        return "batches" if row["batch"] else uses.get(row["origin"], "others")
    return row[by]


def _spent(row: Mapping[str, Any]) -> Spent:
    return Spent(*(row[name] for name in SUMS))


@explained
def running(connection: Connection, principal: Principal) -> int:
    """How many calls are being made, or out in a batch: they are in no sum."""
    return connection.execute(
        "SELECT count(*) FROM calls WHERE state IN ('started', 'streaming') AND (? OR user = ?)",
        (principal.role == "admin", principal.user),
    ).fetchone()[0]


@explained
def datasets_of(connection: Connection, runs: Iterable[str]) -> dict[str, str]:
    """Which datasets these runs checked; those that were deleted are missing."""
    return _named(connection, "runs", "dataset", runs)


@explained
def titles_of(connection: Connection, conversations: Iterable[str]) -> dict[str, str]:
    """What these conversations are called; those that were deleted are missing."""
    return _named(connection, "conversations", "title", conversations)


def _named(connection: Connection, table: str, column: str, ids: Iterable[str]) -> dict[str, str]:
    rows = connection.execute(
        f"SELECT id, {column} FROM {table} WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps([*ids]),),
    )
    return dict(map(tuple, rows))


def split(rows: Iterable[Row], by: str) -> dict[str, Spent]:
    """The rows by `model`, what cost most first, or by `day`, in their order."""
    found: dict[str, list[Spent]] = {}
    for row in rows:
        found.setdefault(getattr(row, by), []).append(row.spent)
    summed = {name: added(each) for name, each in found.items()}
    return dict(sorted(summed.items())) if by == "day" else dearest(summed)
