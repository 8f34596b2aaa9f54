"""Calls found again by what was asked and answered in them.

An index of its own (FTS5) holds the words, without the text: an exchange once, with the call that made it.
What calls have in common, the system text, examples and the conversation so far, is not in it again for each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lab.errors import BadInput
from lab.store import terms
from lab.store.conversations import plain_text
from lab.store.sqlite import Connection, explained, insert
from lab.store.wanted import Wanted, where
from lab.types import Principal

if TYPE_CHECKING:
    from sqlite_utils import Database

INDEX = """
    CREATE VIRTUAL TABLE spoken
    USING fts5(asked, answered, content = '', tokenize = 'unicode61 remove_diacritics 2')
"""
OPEN = "state IN ('started', 'streaming')"
_CALL = """
    SELECT message_ids, partial, body AS answer FROM calls LEFT JOIN texts ON texts.id = answer_id
    WHERE calls.id = ?
"""
_FOUND = """
    SELECT call_id FROM spoken CROSS JOIN indexed_calls ON number = spoken.rowid
    WHERE spoken MATCH ? AND EXISTS (SELECT 1 {wanted} AND id = call_id)
"""
_SAID = """
    SELECT conversations.id, title, call_id AS call, started_at AS at FROM spoken
    CROSS JOIN indexed_calls ON number = spoken.rowid JOIN turns USING (call_id)
    JOIN conversations ON conversations.id = turns.conversation_id JOIN calls ON calls.id = call_id
    WHERE spoken MATCH :words AND (:all OR conversations.user = :user) AND comparison_id IS NULL
    ORDER BY spoken.rowid DESC, conversations.created_at DESC LIMIT :limit
"""


def create(db: Database) -> None:
    """The index, which calls stand in it, and in which order they came."""
    db.execute("DROP TABLE spoken")
    db.execute(INDEX)
    columns = {"number": int, "call_id": str}
    db["indexed_calls"].create(columns, pk="number", not_null={"call_id"}, strict=True)
    db["indexed_calls"].create_index(["call_id"], unique=True)
    db["turns"].create_index(["call_id"])
    for (call,) in db.execute(f"SELECT id FROM calls WHERE NOT {OPEN} ORDER BY id").fetchall():
        indexed(db.conn, call)


def indexed(connection: Connection, call: str) -> None:
    """A call has ended: what was asked and answered in it goes into the index, where there is one."""
    if not _kept(connection) or _number(connection, call) is not None:
        return
    asked, answered = (terms.indexed(text) for text in spoken(connection, call))
    if asked or answered:
        number = insert(connection, "indexed_calls", {"call_id": call})
        insert(connection, "spoken", {"rowid": number, "asked": asked, "answered": answered})


def unindexed(connection: Connection, calls: Iterable[str]) -> None:
    """The text of these calls is about to go. The index finds what to take out by the same text."""
    for call in calls:
        if (number := _number(connection, call)) is not None:
            words = [terms.indexed(text) for text in spoken(connection, call)]
            if _kept(connection):
                connection.execute(
                    "INSERT INTO spoken (spoken, rowid, asked, answered) VALUES ('delete', ?, ?, ?)",
                    (number, *words),
                )
            connection.execute("DELETE FROM indexed_calls WHERE number = ?", (number,))


def spoken(connection: Connection, call: str) -> tuple[str, str]:
    """The words of a call: of its question, with what was sent behind that, and of its answer."""
    row = connection.execute(_CALL, (call,)).fetchone()
    answer = plain_text(json.loads(row["answer"])) if row["answer"] else row["partial"] or ""
    asked: list[str] = []
    for number in reversed(json.loads(row["message_ids"] or "[]")):
        body = connection.execute("SELECT body FROM texts WHERE id = ?", (number,)).fetchone()["body"]
        role, content = _message(json.loads(body))
        asked.insert(0, plain_text(content))
        if role == "user" and asked[0]:
            break
    return "\n".join(filter(None, asked)), answer


def _message(kept: Any) -> tuple[str, Any]:
    """Role and content."""
    return (kept["role"], kept["content"]) if isinstance(kept, dict) else ("user", kept)


def _kept(connection: Connection) -> bool:
    """Whether this database has the index."""
    return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'spoken'").fetchone())


def _number(connection: Connection, call: str) -> int | None:
    row = connection.execute("SELECT number FROM indexed_calls WHERE call_id = ?", (call,)).fetchone()
    return row[0] if row else None


@explained
def calls_saying(
    connection: Connection,
    principal: Principal,
    wanted: Wanted,
    sought: str,
    limit: int,
    before: str | None = None,
    *,
    ranked: bool = False,
) -> list[str]:
    """The wanted calls that say all of this (see `terms.sought`) in question and answer, by their ids: the
    newest first, from those that came before the call `before`; `ranked`: those that say it most first.

    Raises BadInput for too many words, and where this database keeps no index.
    """
    words = terms.sought(sought)
    if words is None:
        return []
    if not _kept(connection):
        raise BadInput("This database keeps no full-text index: `full_text` is off in the settings.")
    held, values = where(principal, wanted)
    found = _FOUND.format(wanted=held)
    if before is not None:
        found += " AND spoken.rowid < (SELECT number FROM indexed_calls WHERE call_id = ?)"
        values = [*values, before]
    order = "rank" if ranked else "spoken.rowid DESC"
    rows = connection.execute(f"{found} ORDER BY {order} LIMIT ?", (words, *values, limit))
    return [row["call_id"] for row in rows]


@explained
def excerpts(connection: Connection, calls: Iterable[str], sought: str) -> dict[str, str]:
    """Of each of these calls the words round the first of what is sought."""
    return {call: _excerpt(connection, call, sought) for call in calls}


def _excerpt(connection: Connection, call: str, sought: str) -> str:
    asked, answered = spoken(connection, call)
    return (
        terms.excerpt(asked, sought)
        or terms.excerpt(answered, sought)
        or terms.around(" ".join(asked.split()))
    )


@explained
def conversations_saying(
    connection: Connection, principal: Principal, sought: str, limit: int
) -> list[dict[str, Any]]:
    """Where all of these words (or their beginnings) stand in one exchange, or in a title: the newest, first.

    Each has the conversation's `id` and `title`; `call`, the exchange that says it, and `excerpt`, the words
    round it. Both are None where only the title says it.
    """
    words = terms.sought(sought, beginnings=True)
    if words is None:
        return []
    about = {"all": principal.role == "admin", "user": principal.user, "limit": limit, "words": words}
    titled = _titled(connection, sought, about)
    said = connection.execute(_SAID, about).fetchall() if _kept(connection) else []
    speaking = {row["id"] for row in said}
    found = {
        row["id"]: dict(row) | {"call": None, "excerpt": None} for row in titled if row["id"] not in speaking
    }
    found |= {row["call"]: dict(row) for row in said}  # a fork says the same by the same call: the original's
    hits = sorted(found.values(), key=lambda hit: hit["at"], reverse=True)[:limit]
    return [hit | {"excerpt": hit["call"] and _excerpt(connection, hit["call"], sought)} for hit in hits]


def _titled(connection: Connection, sought: str, about: dict[str, Any]) -> list[Any]:
    words = re.findall(r"\w+", sought)
    likes = " AND ".join(f"instr(lower(title), :word{number})" for number in range(len(words)))
    return connection.execute(
        "SELECT id, title, updated_at AS at FROM conversations"
        f" WHERE (:all OR user = :user) AND comparison_id IS NULL AND {likes}"
        " ORDER BY updated_at DESC LIMIT :limit",
        about | {f"word{number}": word.lower() for number, word in enumerate(words)},
    ).fetchall()
