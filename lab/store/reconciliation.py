"""What dead processes left open is settled by the next one to start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from lab.store import liveness
from lab.store.batching import UNSENT
from lab.store.calls import SUMS
from lab.store.counted import TERMS
from lab.store.indexing import OPEN, caught_up, indexed
from lab.store.sqlite import Connection, now, transaction, update
from lab.store.writer import Write

_FREE = ", ".join(f"{name} = 0" for name in ("cost", "cost_floor", "cost_upper", *TERMS))
_UNSENT = (
    f"UPDATE attempts SET state = 'cancelled', ended_at = ?, cost_basis = 'none', {_FREE}"
    f" WHERE call_id = ? AND batch_id = ? AND {OPEN}"
)
"""What was never put into a batch."""


def reconcile(connection: Connection, database: Path) -> int:
    """Mark what dead processes left open: `unknown` where something may have been billed, else `cancelled`.

    Returns how many calls that were. Safe in many processes at once.
    """
    owners = connection.execute(
        f"SELECT process FROM calls WHERE {OPEN} AND process NOT IN (SELECT id FROM batches)"
        " UNION SELECT process FROM runs WHERE state = 'running'"
    ).fetchall()  # what is out in a batch is in no process
    dead = [row["process"] for row in owners if liveness.is_dead(database, row["process"])]
    if not dead:
        return 0
    with transaction(connection):
        buried = sum(_bury(connection, process) for process in dead)
        caught_up(connection)
    for process in dead:
        liveness.remove(database, process)
    return buried


def calls_unsent(calls: Sequence[str], why: str) -> Write:
    """Calls that nobody has been asked: they never were put into a batch, or the API did not take it."""

    def write(connection: Connection) -> None:
        for call in calls:
            connection.execute("UPDATE attempts SET batch_id = ? WHERE call_id = ?", (UNSENT, call))
            _end(connection, call, "not_sent", lambda attempts: why)

    return write


def batch_lost(batch: str, why: str) -> Write:
    """The calls of a batch that have no outcome will have none: whether they are billed is not known."""

    def write(connection: Connection) -> None:
        for call in _open(connection, batch):
            _end(connection, call, "no_result", lambda attempts: why)

    return write


def _bury(connection: Connection, process: str) -> int:
    def why(attempts: int) -> str:
        return f"The lab ended {'during this call' if attempts else 'before this call was sent'}."

    calls = _open(connection, process)
    for call in calls:
        _end(connection, call, "process_ended", why)
    connection.execute(
        "UPDATE runs SET state = 'interrupted', ended_at = ? WHERE process = ? AND state = 'running'",
        (now(), process),
    )
    return len(calls)


def _open(connection: Connection, process: str) -> list[str]:
    rows = connection.execute(f"SELECT id FROM calls WHERE process = ? AND {OPEN}", (process,))
    return [row["id"] for row in rows]


def _end(connection: Connection, call: str, kind: str, why: Callable[[int], str]) -> None:
    """`why`: told how many attempts of the call were sent."""
    connection.execute(_UNSENT, (now(), call, UNSENT))
    connection.execute(
        f"UPDATE attempts SET state = 'unknown', ended_at = ? WHERE call_id = ? AND {OPEN}", (now(), call)
    )
    attempts, billed = connection.execute(
        "SELECT count(iif(batch_id IS ?, NULL, 1)), total(cost_basis != 'none') FROM attempts"
        " WHERE call_id = ?",
        (UNSENT, call),
    ).fetchone()
    values = {"state": "unknown" if billed else "cancelled", "ended_at": now()}
    values |= {"error_type": kind, "error": why(attempts)}
    connection.execute(SUMS, (call,))  # first, so that it is counted once
    update(connection, "calls", {"id": call}, values)
    indexed(connection, call)
