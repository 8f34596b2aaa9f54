"""Message Batches: which requests went out together, and what became of them.

A call that is out belongs to its batch, not to a process: it lives on when that has ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lab.store.sqlite import Connection, explained, insert, now, update
from lab.store.writer import Write
from lab.types import Principal

if TYPE_CHECKING:
    from sqlite_utils import Database

UNSENT = ""
"""The `batch_id` of an attempt that waits to be put into a batch."""
OUT = "state IN ('submitting', 'out')"
_OPEN = "calls.state IN ('started', 'streaming')"


def create(db: Database) -> None:
    """Batches, and which of them an attempt went with.

    `state`: `submitting` (its requests are written down; whether the API has it is not known), `out`,
    `collected`, `refused` (the API has it not), `given up` (what became of it is not known)."""
    db["batches"].create(
        {"id": str, "run_id": str, "user": str, "endpoint": str, "source": str, "api_id": str, "state": str}
        | {"requests": int, "made_at": str, "submitted_at": str, "expires_at": str, "ended_at": str}
        | {"counts": str, "error": str},
        pk="id",
        not_null={"run_id", "user", "endpoint", "source", "state", "requests", "made_at"},
        strict=True,
    )
    db["batches"].create_index(["run_id"])
    db["attempts"].add_column("batch_id", str)


def batch_opened(
    id: str, run: str, principal: Principal, endpoint: str, source: str, calls: Sequence[str]
) -> Write:
    """The batch's row, with all its calls, before it is submitted."""

    def write(connection: Connection) -> None:
        row = {"id": id, "run_id": run, "user": principal.user, "endpoint": endpoint, "source": source}
        row |= {"state": "submitting", "requests": len(calls), "made_at": now()}
        insert(connection, "batches", row)
        connection.executemany("UPDATE calls SET process = ? WHERE id = ?", [(id, each) for each in calls])
        connection.executemany(
            "UPDATE attempts SET batch_id = ? WHERE call_id = ? AND state = 'started'",
            [(id, each) for each in calls],
        )

    return write


def batch_out(id: str, api_id: str, submitted_at: str, expires_at: str) -> Write:
    """The API has it, under a name of its own."""
    values = {"state": "out", "api_id": api_id, "submitted_at": submitted_at, "expires_at": expires_at}
    return lambda connection: update(connection, "batches", {"id": id}, values)


def batch_ended(
    id: str, state: str, counts: Mapping[str, int], ended_at: str | None, error: str | None = None
) -> Write:
    """All of its calls are settled."""
    values = {"state": state, "counts": json.dumps(dict(counts)), "ended_at": ended_at, "error": error}
    return lambda connection: update(connection, "batches", {"id": id}, values)


@explained
def batches(
    connection: Connection,
    principal: Principal,
    *,
    run: str | None = None,
    out: bool = False,
    limit: int = -1,
) -> list[dict[str, Any]]:
    """The batches that the person may see, newest first: their rows with `counts` unpacked and the `dataset`
    of their run; those of one run, and only those that are `out` or being submitted."""
    rows = connection.execute(
        "SELECT batches.*, dataset FROM batches LEFT JOIN runs ON runs.id = run_id"
        " WHERE (:all OR batches.user = :user) AND (:run IS NULL OR run_id = :run)"
        f" AND (NOT :out OR batches.{OUT}) ORDER BY batches.id DESC LIMIT :limit",
        {
            "all": principal.role == "admin",
            "user": principal.user,
            "run": run,
            "out": out,
            "limit": limit,
        },
    )
    return [dict(row) | {"counts": json.loads(row["counts"] or "{}")} for row in rows]


@explained
def calls_out(connection: Connection, batch: str) -> dict[str, dict[str, Any]]:
    """The calls of a batch that have no outcome yet, by their id: what telemetry and the ledger must know."""
    rows = connection.execute(
        "SELECT id, started_at, user, origin, prompt, version, run_id, case_id, variant, repeat, key, model,"
        f" max_tokens FROM calls WHERE process = ? AND {_OPEN}",
        (batch,),
    )
    return {row["id"]: dict(row) for row in rows}


def out_of(connection: Connection, run: str) -> list[dict[str, Any]]:
    """What a run has out, as `batches` gives it, without its dataset."""
    rows = connection.execute(f"SELECT * FROM batches WHERE run_id = ? AND {OUT} ORDER BY id", (run,))
    return [dict(row) | {"counts": {}} for row in rows]


@explained
def names_known(connection: Connection) -> set[str]:
    """What the API calls the batches that are known here."""
    rows = connection.execute("SELECT api_id FROM batches WHERE api_id IS NOT NULL")
    return {row["api_id"] for row in rows}
