"""What calls cost together, by whatever they have in common."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from lab.store.sqlite import Connection, explained
from lab.store.wanted import first_id
from lab.types import Picodollars, Principal

KINDS = ("real", "simulated", "replayed")
"""What answered: somebody who bills it; the simulated Claude, also where its answers were recorded; a
recording of a real one. They are never added up."""
BY = ("day", "model", "prompt", "origin", "run")

Day = tuple[date, datetime, datetime]
"""A day, when it begins, and when the next one does."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Some calls: how many, and what those cost of which that is known exactly (`cost`).

    `estimates` of them were cut: together between `floor` and `upper`. Of `unknown` ones the price is not
    known, `running` ones have not ended: neither is in any of the amounts.
    """

    calls: int = 0
    cost: Picodollars = 0
    estimates: int = 0
    floor: Picodollars = 0
    upper: Picodollars = 0
    unknown: int = 0
    running: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def least(self) -> Picodollars:
        """What those with a known price cost at least."""
        return self.cost + self.floor

    @property
    def most(self) -> Picodollars:
        """What those with a known price cost at most."""
        return self.cost + self.upper


@dataclass(frozen=True, slots=True)
class Row:
    """What calls with all of this in common cost. `prompt` is `support@2`, or `support` for a draft."""

    day: str
    kind: str
    model: str
    prompt: str | None
    origin: str
    run: str | None
    spent: Spent


MADE_UP = "(source = 'simulated' OR (source = 'replay' AND endpoint = 'simulated'))"
ROUGH = "cost_basis = 'estimate' AND cost_upper IS NOT NULL"
_SPENT = f"""
    SELECT day, CASE WHEN {MADE_UP} THEN 'simulated' WHEN source = 'replay' THEN 'replayed' ELSE 'real' END
            AS kind,
        coalesce(answered_by, model) AS model, prompt || coalesce('@' || version, '') AS prompt, origin,
        run_id AS run, count(*) AS calls,
        coalesce(sum(CASE WHEN cost_basis != 'estimate' THEN cost END), 0) AS cost,
        count(CASE WHEN {ROUGH} THEN 1 END) AS estimates,
        coalesce(sum(CASE WHEN {ROUGH} THEN coalesce(cost_floor, 0) END), 0) AS floor,
        coalesce(sum(CASE WHEN {ROUGH} THEN cost_upper END), 0) AS upper,
        count(CASE WHEN coalesce(cost, cost_upper) IS NULL AND cost_basis IS NOT NULL THEN 1 END) AS unknown,
        count(CASE WHEN cost_basis IS NULL THEN 1 END) AS running,
        total(input_tokens) + total(cache_creation_input_tokens) + total(cache_read_input_tokens)
            AS tokens_in,
        total(output_tokens) AS tokens_out
    FROM (SELECT value ->> 0 AS day, value ->> 1 AS first, value ->> 2 AS after FROM json_each(:days))
        CROSS JOIN calls ON calls.id >= first AND calls.id < after
    WHERE :all OR user = :user
    GROUP BY 1, 2, 3, 4, 5, 6
"""
"""A day's calls are found by their ids, which begin with the time."""


@explained
def spending(connection: Connection, principal: Principal, days: Sequence[Day]) -> list[Row]:
    """What the calls that the person may see cost, for each of these days."""
    spans = [(day.isoformat(), first_id(begins), first_id(after)) for day, begins, after in days]
    rows = connection.execute(
        _SPENT, {"days": json.dumps(spans), "all": principal.role == "admin", "user": principal.user}
    )
    return [_row(dict(row)) for row in rows]


def _row(row: dict[str, Any]) -> Row:
    spent = Spent(*(int(row.pop(field.name)) for field in fields(Spent)))
    return Row(**row, spent=spent)


@explained
def datasets_of(connection: Connection, runs: Iterable[str]) -> dict[str, str]:
    """Which datasets these runs checked; those that were deleted are missing."""
    rows = connection.execute(
        "SELECT id, dataset FROM runs WHERE id IN (SELECT value FROM json_each(?))", (json.dumps([*runs]),)
    )
    return {row["id"]: row["dataset"] for row in rows}


def added(spent: Iterable[Spent]) -> Spent:
    """All of these together."""
    found = list(spent)
    return Spent(*(sum(getattr(each, field.name) for each in found) for field in fields(Spent)))


def split(rows: Iterable[Row], by: str) -> dict[str | None, Spent]:
    """The rows by one of `BY`: what cost most first, days in their order."""
    found: dict[str | None, list[Spent]] = {}
    for row in rows:
        found.setdefault(getattr(row, by), []).append(row.spent)
    summed = {name: added(each) for name, each in found.items()}
    if by == "day":
        return dict(sorted(summed.items()))
    return dict(sorted(summed.items(), key=lambda one: (-one[1].most, str(one[0]))))


def days(first: date, last: date, zone: tzinfo) -> list[Day]:
    """Every day from the first to the last, both included, as long as it is in that time zone."""
    many = (last - first).days + 1
    each = [first + timedelta(days=number) for number in range(many)]
    return [(day, _begins(day, zone), _begins(day + timedelta(days=1), zone)) for day in each]


def _begins(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)
