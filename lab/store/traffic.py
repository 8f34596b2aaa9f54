"""The newest calls of a prompt version: what they read of the prompt cache, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lab.store.counted import COLUMNS
from lab.store.days import Day
from lab.store.sqlite import Connection, explained
from lab.store.wanted import first_id
from lab.types import Principal

_KIND = f"{COLUMNS['kind']} = :kind"
"""Of which kind a call is."""
_NEWEST = f"""
    SELECT id, process, endpoint, started_at, waited_ms, connect_ms, headers_ms, first_token_ms,
        conversation_id, input_tokens, cache_creation_input_tokens, ephemeral_1h_input_tokens,
        cache_read_input_tokens
    FROM calls WHERE endpoint = :endpoint AND input_tokens IS NOT NULL AND {_KIND} AND id IN (
        SELECT id FROM calls INDEXED BY calls_prompted WHERE prompt = :prompt AND version IS :version
            AND id >= :first AND id < :after AND model = :model AND (:all OR user = :user)
            AND (source IN ('simulated', 'replay')) = (:kind != 'real')
        ORDER BY rowid DESC LIMIT :most
    ) ORDER BY id
"""
"""The index has a version's calls in the order in which they were written, so only the newest are read."""


@explained
def newest_of(
    connection: Connection,
    principal: Principal,
    days: Sequence[Day],
    kind: str,
    series: tuple[str, int | None, str, str],
    most: int,
) -> list[dict[str, Any]]:
    """The newest calls in these days whose prompt was counted, oldest first, at most so many. `series`:
    prompt, version (None: a draft), model and endpoint."""
    named = dict(zip(("prompt", "version", "model", "endpoint"), series, strict=True))
    values = named | {"kind": kind, "most": most} | _span(principal, days)
    return [dict(row) for row in connection.execute(_NEWEST, values)]


def _span(principal: Principal, days: Sequence[Day]) -> dict[str, Any]:
    """The ids of these days, and whose calls may be seen."""
    ids = {"first": first_id(days[0][1]), "after": first_id(days[-1][2])}
    return ids | {"all": principal.role == "admin", "user": principal.user}
