"""Which of two answers people find better: one row for a person and two calls."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Literal

from lab.store.replayable import replayable
from lab.store.sqlite import Connection, explained, now
from lab.store.writer import Write
from lab.types import Principal

Verdict = Literal["better", "worse", "tie", "both bad"]
"""What a call's answer is, held against the other's."""
VERDICTS: tuple[Verdict, ...] = ("better", "worse", "tie", "both bad")
_TURNED = {"better": "worse", "worse": "better"}


def voted(principal: Principal, call: str, other: str, verdict: Verdict | None) -> Write:
    """The person's vote on a call's answer against another's, in place of the one before; None takes it
    back."""
    if call > other:  # however the two are looked at, it is one row
        call, other, verdict = other, call, _TURNED.get(verdict, verdict)
    return _voted(principal.user, call, other, verdict, now())


@replayable
def _voted(connection: Connection, user: str, call: str, other: str, verdict: str | None, at: str) -> None:
    connection.execute(
        "DELETE FROM votes WHERE user = ? AND call_id = ? AND other_id = ?", (user, call, other)
    )
    if verdict is not None:
        connection.execute("INSERT INTO votes VALUES (?, ?, ?, ?, ?)", (user, call, other, verdict, at))


@explained
def votes(connection: Connection, principal: Principal, calls: Collection[str]) -> dict[tuple[str, str], Any]:
    """The person's own votes on these calls, both ways round: what the first is, held against the second."""
    rows = connection.execute(
        "SELECT call_id, other_id, verdict FROM votes WHERE user = :user"
        " AND call_id IN (SELECT value FROM json_each(:calls))"
        " AND other_id IN (SELECT value FROM json_each(:calls))",
        {"user": principal.user, "calls": json.dumps(list(calls))},
    ).fetchall()
    found = {(row["call_id"], row["other_id"]): row["verdict"] for row in rows}
    return found | {(b, a): _TURNED.get(verdict, verdict) for (a, b), verdict in found.items()}
