"""Reading the log of calls."""

from __future__ import annotations

from typing import Any

from lab.errors import BadInput
from lab.store.sqlite import Connection, explained
from lab.store.whole import whole
from lab.types import Principal


@explained
def call(connection: Connection, principal: Principal, id: str) -> dict[str, Any]:
    """One call as `whole` gives it.

    Raises BadInput when there is none by that name that the person may see.
    """
    found = whole(connection, principal, [id])
    if not found:
        raise BadInput(f"There is no call '{id}'. `lab logs` lists them.")
    return found[0]


@explained
def open_calls(connection: Connection) -> int:
    """How many calls are being made now, in any process, or are out in a batch."""
    return connection.execute(
        "SELECT count(*) FROM calls WHERE state IN ('started', 'streaming')"
    ).fetchone()[0]


@explained
def totals(connection: Connection) -> dict[str, int]:
    """How many rows the main tables hold."""
    tables = ("conversations", "calls", "attempts", "ratings", "runs")
    return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


@explained
def check(connection: Connection) -> str | None:
    """What SQLite's own check finds wrong with the file, if anything."""
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    return None if found == "ok" else found
