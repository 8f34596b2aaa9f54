"""Reading the log of calls."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lab.errors import BadInput
from lab.store.sqlite import Connection, explained
from lab.store.wanted import Wanted, where
from lab.store.whole import whole
from lab.types import Principal

_LISTED = """
    id, started_at, user, origin, source, endpoint, conversation_id, prompt, version, model, answered_by,
    state, stop_reason, stop_sequence, refused_in_words, error_type, error, input_tokens,
    cache_creation_input_tokens, cache_read_input_tokens, output_tokens, cost, cost_floor, cost_upper,
    cost_basis, waited_ms, first_token_ms, total_ms
"""

WORDS = 200
"""Characters of a question in a page of calls."""
NAMES = 500
"""Models or prompts that are offered to choose from, at most."""
ANY = Wanted()

_WORDS = f"""(
    SELECT CASE json_type(body, '$.content')
        WHEN 'text' THEN substr(body ->> '$.content', 1, {WORDS})
        ELSE (
            SELECT substr(group_concat(body ->> (fullkey || '.text'), ' '), 1, {WORDS})
            FROM json_each(body, '$.content') WHERE body ->> (fullkey || '.type') = 'text'
        ) END
    FROM texts WHERE texts.id = message_ids ->> '$[#-1]'
)"""


@dataclass(frozen=True)
class Page:
    """Calls, newest first, and what `before` is for the pages beside this one.

    `older`: None on the last page. `newer`: None on the first page; "" leads to it.
    """

    calls: tuple[dict[str, Any], ...]
    older: str | None
    newer: str | None


@explained
def page(
    connection: Connection, principal: Principal, wanted: Wanted, size: int, before: str | None = None
) -> Page:
    """So many of the wanted calls that the person may see, older than `before`, else the newest.

    Each is as in `calls`, with `tries`, the number of its attempts; `question` is only the first words.
    """
    held, values = where(principal, wanted)
    if before is not None:
        held, values = f"{held} AND id < ?", [*values, before]
    rows = connection.execute(
        f"SELECT {_LISTED}, CAST({_WORDS} AS BLOB) AS question,"
        " (SELECT count(*) FROM attempts WHERE call_id = calls.id) AS tries"
        f" FROM calls WHERE id IN (SELECT id {held} ORDER BY id DESC LIMIT ?) ORDER BY id DESC",
        (*values, size + 1),
    ).fetchall()
    older = rows[size - 1]["id"] if len(rows) > size else None
    newer = None if before is None else _newer(connection, principal, wanted, size, before)
    return Page(
        tuple(dict(row) | {"question": _drawable(row["question"])} for row in rows[:size]), older, newer
    )


def _drawable(text: bytes | None) -> str | None:
    """A model or a person may send half of a surrogate pair, which SQLite gives back as it is."""
    return None if text is None else text.decode("utf-8", "replace")


def _newer(connection: Connection, principal: Principal, wanted: Wanted, size: int, before: str) -> str:
    held, values = where(principal, wanted)
    row = connection.execute(
        f"SELECT id {held} AND id >= ? ORDER BY id LIMIT 1 OFFSET ?", (*values, before, size)
    ).fetchone()
    return row["id"] if row else ""


@explained
def models_asked(connection: Connection) -> list[str]:
    """Every model in the log, by name. One look into an index for each, however long the log is."""
    return _each(connection, "model", "model IS NOT NULL")


@explained
def prompts_asked(connection: Connection) -> list[str]:
    """Every prompt in the log and each of its versions, as `support`, `support@2`, `support@1`."""
    found: list[str] = []
    for name in _each(connection, "prompt", "prompt IS NOT NULL"):
        versions = _each(connection, "version", "prompt = ? AND version IS NOT NULL", name)
        found += [name, *(f"{name}@{version}" for version in reversed(versions))]
    return found


def _each(connection: Connection, column: str, condition: str, *values: object) -> list[Any]:
    """The values of an indexed column, each found from the one before."""
    least = f"SELECT min({column}) FROM calls WHERE {condition}"
    rows = connection.execute(
        f"WITH RECURSIVE each(value) AS ({least} UNION ALL SELECT ({least} AND {column} > value) FROM each"
        " WHERE value IS NOT NULL) SELECT value FROM each WHERE value IS NOT NULL LIMIT ?",
        (*values, *values, NAMES),
    )
    return [row["value"] for row in rows]


@explained
def calls(
    connection: Connection,
    principal: Principal,
    limit: int,
    before: str | None = None,
    wanted: Wanted = ANY,
) -> list[dict[str, Any]]:
    """The newest wanted calls the person may see, newest first; those older than `before` for the next page.

    `question` is the content of the last message that was sent.
    """
    held, values = where(principal, wanted)
    if before is not None:
        held, values = f"{held} AND id < ?", [*values, before]
    rows = connection.execute(
        f"SELECT {_LISTED},"
        " (SELECT body -> '$.content' FROM texts WHERE id = message_ids ->> '$[#-1]') AS question"
        f" {held} ORDER BY id DESC LIMIT ?",
        (*values, limit),
    )
    return [dict(row) | {"question": json.loads(row["question"] or "null")} for row in rows]


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
    """How many calls are being made now, in any process."""
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
