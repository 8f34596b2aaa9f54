"""Answers that a person has to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lab.store.replayable import replayable
from lab.store.sqlite import Connection, now, update
from lab.store.writer import Write
from lab.types import Picodollars

if TYPE_CHECKING:
    from sqlite_utils import Database


def create(db: Database) -> None:
    """What was left to a person, and for each call what was done about an answer that was not shown."""
    db["flags"].create(
        {"call_id": str, "reason": str, "opened_at": str, "settled_at": str, "settled_by": str},
        pk="call_id",
        not_null={"reason", "opened_at"},
        foreign_keys=[("call_id", "calls")],
        strict=True,
    )
    db.execute("CREATE INDEX flags_open ON flags (call_id) WHERE settled_at IS NULL")
    db["calls"].add_column("rerouted", str)


def flag_opened(call: str, reason: str) -> Write:
    """Leave a call's answer to a person."""
    return _flag_added(call, reason, now())


@replayable
def _flag_added(connection: Connection, call: str, reason: str, at: str) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO flags (call_id, reason, opened_at) VALUES (?, ?, ?)", (call, reason, at)
    )


def flag_settled(call: str, user: str) -> Write:
    """Somebody has looked at it. Gives whether it was open."""
    return _flag_closed(call, user, now())


@replayable
def _flag_closed(connection: Connection, call: str, user: str, at: str) -> bool:
    done = connection.execute(
        "UPDATE flags SET settled_at = ?, settled_by = ? WHERE call_id = ? AND settled_at IS NULL",
        (at, user, call),
    )
    return done.rowcount > 0


def call_rerouted(call: str, sentence: str, endpoint: str) -> Write:
    """Why a call is made a second time, and how; `endpoint` is where."""
    return _call_moved(call, {"rerouted": sentence, "endpoint": endpoint})


def call_ruled(call: str, rule: str, meant: str, endpoint: str) -> Write:
    """A rule of routing sends a call that was `meant` for one model to another, at this endpoint."""
    return _call_moved(call, {"rule": rule, "meant_model": meant, "endpoint": endpoint})


def call_meant(call: str, amount: Picodollars) -> Write:
    """What a round of a call that a rule sent elsewhere would have cost at the model it was meant for."""
    return _call_meant(call, amount)


@replayable
def _call_meant(connection: Connection, call: str, amount: int) -> None:
    connection.execute(
        "UPDATE calls SET cost_meant = coalesce(cost_meant, 0) + ? WHERE id = ?", (amount, call)
    )


def call_resent(call: str, again: str) -> Write:
    """A person has sent a call once more; `again` is the new one."""
    return _call_moved(call, {"resent_as": again})


@replayable
def _call_moved(connection: Connection, call: str, values: Mapping[str, Any]) -> None:
    update(connection, "calls", {"id": call}, values)
