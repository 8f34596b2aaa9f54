"""Rows of calls as they would stand in the log after weeks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from lab.store import Connection, Store, first_id

MODEL = "claude-sonnet-5-5"
NUMBERS = count()
"""What tells calls of the same moment apart."""


def rows(since: datetime, until: datetime, every: timedelta, **fields: Any) -> Iterator[dict[str, Any]]:
    """Calls of one prompt, one after the other; every field can be given."""
    at, number = since, 0
    while at < until:
        number += 1
        began = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        usual = {
            "state": "ok",
            "stop_reason": "end_turn",
            "origin": "chat",
            "source": "api",
            "prompt": "support",
        }
        tokens = {"input_tokens": 600, "cache_read_input_tokens": 1400 + number % 7, "output_tokens": 100}
        cost = {"cost": 5 * 10**9, "cost_floor": 5 * 10**9, "cost_upper": 5 * 10**9, "cost_basis": "usage"}
        times = {"first_token_ms": 400.0 + number % 11, "total_ms": 1500.0}
        who = {"process": "seed", "user": "ana", "endpoint": "home", "model": MODEL, "max_tokens": 1024}
        yield {
            "id": f"{first_id(at)[:8]}{next(NUMBERS) % 100_000:05}",
            "started_at": began,
            "ended_at": began,
            **usual,
            **tokens,
            **cost,
            **times,
            **who,
            **fields,
        }
        at += every


def post(store: Store, *series: Iterator[dict[str, Any]]) -> None:
    """Write them down."""

    def write(connection: Connection) -> None:
        for row in (row for each in series for row in each):
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO calls ({', '.join(row)}) VALUES ({marks})", (*row.values(),))

    store.post(write)
    store.flush()
