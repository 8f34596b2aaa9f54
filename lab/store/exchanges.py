"""The turns of conversations as rules of routing see them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from lab.store.conversations import plain_text
from lab.store.sent import CONTENT
from lab.store.sqlite import Connection, explained
from lab.store.wanted import first_id
from lab.types import Principal, Usage

_USAGE = ", ".join(f"calls.{name}" for name in Usage.__slots__)
_TURNS = f"""
    SELECT calls.id, calls.model, coalesce(meant_model, calls.model) AS meant_model, rule, prompt, source,
        cost, cost_basis, {_USAGE}, {CONTENT} AS asked, ratings.value AS rating,
        turn AS number, followed IS NOT NULL AS followed
    FROM calls LEFT JOIN ratings ON ratings.call_id = calls.id AND ratings.user = calls.user
    WHERE conversation_id IS NOT NULL AND message_ids IS NOT NULL AND stop_reason IS NOT NULL
        AND (:all OR calls.user = :user) ORDER BY calls.id
"""


@explained
def exchanges(
    connection: Connection, principal: Principal, since: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """Every turn of a conversation that was answered, oldest first: what it was `asked` (its words), by which
    `model`, its usage and cost, its `number` in the conversation, whether it was `followed` by another, and
    its owner's `rating`."""
    first = first_id(since) if since else ""
    rows = connection.execute(_TURNS, {"all": principal.role == "admin", "user": principal.user})
    for row in rows:
        if row["id"] >= first:
            content = json.loads(row["asked"] or '""')
            yield dict(row) | {"asked": plain_text(content)}
