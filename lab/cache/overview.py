"""What the prompt cache did for many calls: how much was read of what could be, and what that saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from lab import store
from lab.store import Connection, Day
from lab.types import Picodollars, Principal

BY = ("prompt", "conversation", "model", "day")
"""What calls can have in common."""
_SUMS = (
    "calls", "cache_hits", "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens",
    "cost_input", "cost_cache_write", "cost_cache_read", "cost_uncached", "untold",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cached:
    """Some calls: how many, how many of them read anything (`hits`), the tokens of their prompts, and what
    these cost and would have cost `uncached`. Of `untold` calls that is not known, because they were cut, no
    price is known, or an older lab wrote them: their tokens are counted, and they are in no amount.
    """

    calls: int = 0
    hits: int = 0
    input: int = 0
    written: int = 0
    read: int = 0
    cost_input: Picodollars = 0
    cost_written: Picodollars = 0
    cost_read: Picodollars = 0
    uncached: Picodollars = 0
    untold: int = 0

    @property
    def rate(self) -> float | None:
        """Of the tokens up to the last breakpoints, those that were read; None where there are none."""
        return self.read / (self.read + self.written) if self.read + self.written else None

    @property
    def call_rate(self) -> float | None:
        """Of all calls, those that read anything."""
        return self.hits / self.calls if self.calls else None

    @property
    def paid(self) -> Picodollars:
        """What the prompts cost."""
        return self.cost_input + self.cost_written + self.cost_read

    @property
    def saved(self) -> Picodollars:
        """Against the same tokens at the plain input price; negative where writing cost more than reading
        saved."""
        return self.uncached - self.paid


@dataclass(frozen=True, slots=True)
class Row:
    """The calls with all of this in common. `prompt` is `support@2`, or `support` for a draft."""

    day: str
    kind: str
    model: str
    prompt: str | None
    cached: Cached


def overview(connection: Connection, principal: Principal, days: Sequence[Day]) -> list[Row]:
    """What the cache did for the calls that the person may see, for each of these days."""
    by = ("day", "kind", "model", "prompt", "version")
    rows = store.rollups.rolled(connection, principal, days, _SUMS, by)
    return [Row(row["day"], row["kind"], row["model"], _prompt(row), _cached(row)) for row in rows]


def conversations(
    connection: Connection, principal: Principal, days: Sequence[Day], kind: str, limit: int = -1
) -> dict[str, tuple[str, Cached]]:
    """The same of the conversations that cost most, as many as `limit`, or all: their titles and sums, by
    their ids, the dearest first."""
    rows = store.costliest(connection, principal, days, kind, "conversation", limit)
    titles = store.titles_of(connection, rows)
    return {id: (titles.get(id, ""), _cached(row)) for id, row in rows.items()}


def split(rows: Iterable[Row], by: str) -> dict[str | None, Cached]:
    """The rows by `prompt`, `model` or `day`: those whose prompts would cost most first, days in their
    order."""
    found: dict[str | None, list[Cached]] = {}
    for row in rows:
        found.setdefault(getattr(row, by), []).append(row.cached)
    summed = {name: added(each) for name, each in found.items()}
    if by == "day":
        return dict(sorted(summed.items()))
    return dict(sorted(summed.items(), key=lambda one: (-one[1].uncached, str(one[0]))))


def added(cached: Iterable[Cached]) -> Cached:
    """All of these together."""
    each = list(cached)
    return Cached(*(sum(getattr(one, field.name) for one in each) for field in fields(Cached)))


def _cached(row: Mapping[str, Any]) -> Cached:
    return Cached(*(row[name] for name in _SUMS))


def _prompt(row: Mapping[str, Any]) -> str | None:
    return row["prompt"] if row["version"] is None else f"{row['prompt']}@{row['version']}"
