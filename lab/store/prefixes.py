"""Which earlier requests began as a call did: what it may have read of the API's cache."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from lab.store.sqlite import Connection, explained
from lab.store.wanted import first_id
from lab.types import OPEN_STATES, Principal

BEFORE = timedelta(minutes=65)
"""How long before a call a request may have been sent that it could read from: an hour, and the time that a
request may wait here before it leaves."""
LOOKED_AT = 5_000
"""Requests of that time that are looked at, the newest ones."""
LIKELY = 16
"""Of them, those that are given."""

_SENT = f"""
    SELECT id, model, endpoint, conversation_id, prompt, version, system_id, message_ids, message_id
    FROM calls WHERE id >= :first AND id < :id AND (:all OR user = :user) AND source = :source
        AND message_ids IS NOT NULL
        AND (headers_ms IS NOT NULL OR input_tokens IS NOT NULL OR state IN {OPEN_STATES})
    ORDER BY id DESC LIMIT {LOOKED_AT}
"""


@explained
def sent_before(connection: Connection, principal: Principal, id: str) -> list[str]:
    """The calls of the hour before one that were answered, or are being, and may have left what it could
    read: those that begin most like it, of the same model first, newest first. Only what the person may see;
    none where nothing of the call was sent."""
    row = connection.execute("SELECT * FROM calls WHERE id = ?", (id,)).fetchone()
    if row is None or row["message_ids"] is None:
        return []
    began = datetime.fromisoformat(row["started_at"])
    values = {"id": id, "first": first_id(began - BEFORE), "source": row["source"]}
    rows = connection.execute(
        _SENT, values | {"all": principal.role == "admin", "user": principal.user}
    ).fetchall()
    mine = json.loads(row["message_ids"])
    found = {each["id"]: _nearness(each, row, mine) for each in rows}
    likely = sorted((each for each, near in found.items() if near), key=lambda each: (found[each], each))
    return sorted(likely[-LIKELY:], reverse=True)


def _nearness(row: Any, call: Any, mine: Sequence[int]) -> tuple[int, ...] | None:
    """How much a request begins as the call does; None: not at all, as far as can be told from afar."""
    alike = row["system_id"] == call["system_id"]
    both = zip(mine, json.loads(row["message_ids"]), strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], both)) if alike else 0
    asked = row["conversation_id"] is not None and row["conversation_id"] == call["conversation_id"]
    prompt = row["prompt"] is not None and row["prompt"] == call["prompt"]
    if not (asked or prompt or (alike and (same or call["system_id"]))):
        return None
    own = row["model"] == call["model"] and row["endpoint"] == call["endpoint"]
    return int(alike), same, int(own), int(asked), int(prompt)


@explained
def answered_as(connection: Connection, principal: Principal, call: str, message_id: str) -> str | None:
    """The call of the same conversation whose answer the API named so; None where there is none to be
    seen."""
    row = connection.execute(
        "SELECT id FROM calls WHERE message_id = ? AND (? OR user = ?) AND conversation_id IS ("
        " SELECT conversation_id FROM calls WHERE id = ?) AND conversation_id IS NOT NULL",
        (message_id, principal.role == "admin", principal.user, call),
    ).fetchone()
    return row["id"] if row else None
