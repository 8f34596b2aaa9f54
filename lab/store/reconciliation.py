"""What dead processes left open is settled by the next one to start."""

from __future__ import annotations

from pathlib import Path

from lab.store import liveness
from lab.store.calls import SUMS
from lab.store.indexing import OPEN, caught_up, indexed
from lab.store.sqlite import Connection, now, transaction, update


def reconcile(connection: Connection, database: Path) -> int:
    """Mark what dead processes left open: `unknown` where something may have been billed, else `cancelled`.

    Returns how many calls that were. Safe in many processes at once.
    """
    owners = connection.execute(
        f"SELECT process FROM calls WHERE {OPEN} UNION SELECT process FROM runs WHERE state = 'running'"
    ).fetchall()
    dead = [row["process"] for row in owners if liveness.is_dead(database, row["process"])]
    if not dead:
        return 0
    with transaction(connection):
        buried = sum(_bury(connection, process) for process in dead)
        caught_up(connection)
    for process in dead:
        liveness.remove(database, process)
    return buried


def _bury(connection: Connection, process: str) -> int:
    calls = connection.execute(f"SELECT id FROM calls WHERE process = ? AND {OPEN}", (process,)).fetchall()
    for (call,) in calls:
        connection.execute(
            f"UPDATE attempts SET state = 'unknown', ended_at = ? WHERE call_id = ? AND {OPEN}", (now(), call)
        )
        attempts, billed = connection.execute(
            "SELECT count(*), total(cost_basis != 'none') FROM attempts WHERE call_id = ?", (call,)
        ).fetchone()
        sentence = f"The lab ended {'during this call' if attempts else 'before this call was sent'}."
        values = {"state": "unknown" if billed else "cancelled", "ended_at": now()}
        values |= {"error_type": "process_ended", "error": sentence}
        connection.execute(SUMS, (call,))  # first, so that it is counted once
        update(connection, "calls", {"id": call}, values)
        indexed(connection, call)
    connection.execute(
        "UPDATE runs SET state = 'interrupted', ended_at = ? WHERE process = ? AND state = 'running'",
        (now(), process),
    )
    return len(calls)
