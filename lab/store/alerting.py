"""Alerts: open from when something was first found until it is well again, and what is said of that."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lab.store.sqlite import Connection, as_json, explained, insert, now, stored, update
from lab.store.writer import Write
from lab.types import Principal

if TYPE_CHECKING:
    from sqlite_utils import Database

SEVERITIES = ("notice", "warning", "critical")
QUIET = timedelta(minutes=15)
"""So long all must be well before an alert ends."""
UNSEEN = timedelta(days=1)
"""So long an alert stays open of which nobody can tell how it stands."""
TOLD = ("rule", "subject", "kind", "sentence", "means", "do", "command")
"""What an alert says, as it was last found."""


def create(db: Database) -> None:
    """Alerts, the messages about them that a webhook gets, and who watches."""
    db["alerts"].create(
        {"id": int, "key": str, "severity": str, **dict.fromkeys(TOLD, str), "view": str, "figures": str}
        | {"opened_at": str, "seen_at": str, "ended_at": str, "told_at": str}
        | {"acknowledged_at": str, "acknowledged_by": str, "muted_until": str, "muted_by": str},
        pk="id",
        not_null={"key", "severity", "sentence", "opened_at", "seen_at"},
        strict=True,
    )
    db.execute("CREATE UNIQUE INDEX alerts_open ON alerts (key) WHERE ended_at IS NULL")
    db["alert_messages"].create(
        {"id": int, "alert_id": int, "event": str, "created_at": str, "next_at": str, "tries": int}
        | {"sent_at": str, "error": str},
        pk="id",
        not_null={"alert_id", "event", "created_at", "tries"},
        foreign_keys=[("alert_id", "alerts")],
        strict=True,
    )
    db.execute("CREATE INDEX alert_notices_unsent ON alert_messages (id) WHERE next_at IS NOT NULL")
    db["watches"].create({"name": str, "process": str, "until": str}, pk="name", strict=True)


def watch_taken(name: str, process: str, at: datetime, span: timedelta) -> Write:
    """Let one of several processes do something for a while. Gives whether it is this one."""

    def write(connection: Connection) -> bool:
        done = connection.execute(
            "INSERT INTO watches (name, process, until) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
            " SET process = excluded.process, until = excluded.until"
            " WHERE until <= ? OR process = excluded.process",
            (name, process, stored(at + span), stored(at)),
        )
        return done.rowcount > 0

    return write


def alerts_found(judgements: Sequence[Mapping[str, Any]], at: datetime, remind: timedelta | None) -> Write:
    """Open, keep or end alerts by what was found: mappings with `key`, `severity` (None: all is well),
    `judged` and what is `TOLD`. `remind`: how often a webhook is told of one that stays; None: there is none
    to be told anything."""

    def write(connection: Connection) -> None:
        there = {row["key"]: row for row in _open(connection)}
        for found in judgements:
            row = there.pop(found["key"], None)
            if found["severity"]:
                _seen(connection, row, found, at, remind)
            elif row and (found["judged"] or _over(row, at, UNSEEN)) and _over(row, at, QUIET):
                _ended(connection, row, at, remind)
        for row in there.values():
            if _over(row, at, UNSEEN):
                _ended(connection, row, at, remind)

    return write


@explained
def alerts(connection: Connection, ended: int = 0) -> list[dict[str, Any]]:
    """Those that are open, the gravest first, then so many of those that ended, the last first. `silent`:
    somebody acknowledged it, or muted it for a time that is not over."""
    found = [_alert(row) for row in _open(connection)]
    found.sort(key=lambda each: (each["silent"], -SEVERITIES.index(each["severity"]), each["opened_at"]))
    past = connection.execute(
        "SELECT * FROM alerts WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT ?", (ended,)
    )
    return found + [_alert(row) for row in past]


def alert_acknowledged(id: int, principal: Principal) -> Write:
    """Somebody knows of it: it says nothing more until it ends. Gives whether it is open."""
    return _changed(id, {"acknowledged_at": now(), "acknowledged_by": principal.user})


def alert_muted(id: int, principal: Principal, until: datetime | None) -> Write:
    """It says nothing until then (None: speaks again). Gives whether it is open."""
    return _changed(id, {"muted_until": until and stored(until), "muted_by": principal.user})


def notices_claimed(at: datetime, most: int, lease: timedelta) -> Write:
    """Take messages that wait to be sent, for as long as `lease`; meanwhile nobody else gets them. Gives them
    with their alerts."""

    def write(connection: Connection) -> list[dict[str, Any]]:
        rows = connection.execute(
            "SELECT id, alert_id, event, tries FROM alert_messages WHERE next_at <= ? ORDER BY id LIMIT ?",
            (stored(at), most),
        ).fetchall()
        for row in rows:
            update(connection, "alert_messages", {"id": row["id"]}, {"next_at": stored(at + lease)})
        told = {row["alert_id"]: _alert(_one(connection, row["alert_id"])) for row in rows}
        return [dict(row) | {"alert": told[row["alert_id"]]} for row in rows]

    return write


def notice_sent(id: int, at: datetime) -> Write:
    return _message(id, {"sent_at": stored(at), "next_at": None, "error": None})


def notice_failed(id: int, tries: int, error: str, again: datetime | None) -> Write:
    """Why it could not be sent; `again` None: it is given up."""
    return _message(id, {"tries": tries, "error": error, "next_at": again and stored(again)})


@explained
def notices_unsent(connection: Connection) -> list[dict[str, Any]]:
    """Messages of the last day that were not sent though it was tried, the newest first."""
    rows = connection.execute(
        "SELECT id, event, created_at, next_at, tries, error FROM alert_messages"
        " WHERE error IS NOT NULL AND sent_at IS NULL AND created_at > ? ORDER BY id DESC",
        (stored(datetime.fromisoformat(now()) - UNSEEN),),
    )
    return [dict(row) for row in rows]


def _open(connection: Connection) -> list[Any]:
    return connection.execute("SELECT * FROM alerts WHERE ended_at IS NULL").fetchall()


def _one(connection: Connection, id: int) -> Any:
    return connection.execute("SELECT * FROM alerts WHERE id = ?", (id,)).fetchone()


def _alert(row: Any) -> dict[str, Any]:
    muted = row["muted_until"] is not None and row["muted_until"] > now()
    unpacked = {name: json.loads(row[name] or "{}") for name in ("view", "figures")}
    return dict(row) | unpacked | {"silent": bool(row["acknowledged_at"]) or muted}


def _over(row: Any, at: datetime, span: timedelta) -> bool:
    return row["seen_at"] <= stored(at - span)


def _seen(
    connection: Connection, row: Any, found: Mapping[str, Any], at: datetime, remind: timedelta | None
) -> None:
    values = {name: found[name] for name in ("severity", *TOLD)} | {"seen_at": stored(at)}
    values |= {name: as_json(found[name]) for name in ("view", "figures")}
    if row is None:
        opened = {"key": found["key"], "opened_at": stored(at)}
        _message_added(connection, insert(connection, "alerts", values | opened), "opened", at, remind)
        return
    worse = SEVERITIES.index(found["severity"]) > SEVERITIES.index(row["severity"])
    if worse:
        values |= {"acknowledged_at": None, "acknowledged_by": None}
    update(connection, "alerts", {"id": row["id"]}, values)
    if worse:
        _message_added(connection, row["id"], "worse", at, remind)
    elif remind and row["told_at"] and row["told_at"] <= stored(at - remind) and not _alert(row)["silent"]:
        _message_added(connection, row["id"], "reminder", at, remind)


def _ended(connection: Connection, row: Any, at: datetime, remind: timedelta | None) -> None:
    update(connection, "alerts", {"id": row["id"]}, {"ended_at": stored(at)})
    if row["told_at"]:
        _message_added(connection, row["id"], "ended", at, remind)


def _message_added(
    connection: Connection, alert: int, event: str, at: datetime, remind: timedelta | None
) -> None:
    """One that is muted is told of by nobody, and neither is its end."""
    if remind is None or (_one(connection, alert)["muted_until"] or "") > stored(at):
        return
    times = {"created_at": stored(at), "next_at": stored(at)}
    insert(connection, "alert_messages", {"alert_id": alert, "event": event, "tries": 0} | times)
    update(connection, "alerts", {"id": alert}, {"told_at": stored(at)})


def _changed(id: int, values: Mapping[str, Any]) -> Write:
    def write(connection: Connection) -> bool:
        row = _one(connection, id)
        if row is None or row["ended_at"]:
            return False
        update(connection, "alerts", {"id": id}, values)
        return True

    return write


def _message(id: int, values: Mapping[str, Any]) -> Write:
    def write(connection: Connection) -> None:
        update(connection, "alert_messages", {"id": id}, values)

    return write
