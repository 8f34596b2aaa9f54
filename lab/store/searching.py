"""Conversations found again by the words in them.

The words of a conversation's messages stand in an index of their own (FTS5): only of those, because a write
into it costs more than any other, and checks say far more than people do.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from lab.store.sqlite import Connection, explained, insert
from lab.types import Principal

if TYPE_CHECKING:
    from sqlite_utils import Database

AROUND = 60
"""Characters of a text that are shown on each side of what was found in it."""
_SPOKEN = """
    SELECT messages.id, CASE json_type(body) WHEN 'text' THEN body ->> '$'
        ELSE (SELECT group_concat(value ->> '$.text', ' ') FROM json_each(body)
            WHERE value ->> '$.type' = 'text') END AS words
    FROM messages JOIN texts ON texts.id = content_id
"""
_INDEXED = "INSERT INTO spoken (rowid, words) SELECT * FROM ({}) WHERE words != ''"


def create(db: Database) -> None:
    """The words of messages, to be found."""
    db.execute("CREATE VIRTUAL TABLE spoken USING fts5(words, tokenize = 'unicode61 remove_diacritics 2')")
    db.execute(_INDEXED.format(_SPOKEN))


def heard(connection: Connection, message: int, words: str) -> None:
    """A message was written, which says this."""
    connection.execute("DELETE FROM spoken WHERE rowid = ?", (message,))  # SQLite gives numbers out again
    if words.strip():
        insert(connection, "spoken", {"rowid": message, "words": words})


def indexed(connection: Connection, conversation: str) -> None:
    """All messages of a conversation, which stand in no index yet."""
    connection.execute(_INDEXED.format(f"{_SPOKEN} WHERE conversation_id = ?"), (conversation,))


def forgotten(connection: Connection, conversation: str) -> None:
    """The messages of a conversation are about to go."""
    connection.execute(
        "DELETE FROM spoken WHERE rowid IN (SELECT id FROM messages WHERE conversation_id = ?)",
        (conversation,),
    )


@explained
def conversations_saying(
    connection: Connection, principal: Principal, sought: str, limit: int
) -> list[dict[str, Any]]:
    """Where all of these words (or their beginnings) stand in one message, or in a title: the newest, first.

    Each has the conversation's `id` and `title`; `call`, the exchange that says it, and `excerpt`, the words
    round it. Both are None where only the title says it.
    """
    words = re.findall(r"\w+", sought)
    if not words:
        return []
    about = {"all": principal.role == "admin", "user": principal.user, "limit": limit}
    titled = connection.execute(
        "SELECT id, title, updated_at AS at FROM conversations"
        " WHERE (:all OR user = :user) AND comparison_id IS NULL AND"
        f" {' AND '.join(f'instr(lower(title), :word{n})' for n in range(len(words)))}"
        " ORDER BY updated_at DESC LIMIT :limit",
        about | {f"word{n}": word.lower() for n, word in enumerate(words)},
    ).fetchall()
    said = connection.execute(
        "SELECT conversations.id, title, call_id, messages.created_at AS at, body FROM spoken"
        " JOIN messages ON messages.id = spoken.rowid JOIN texts ON texts.id = content_id"
        " JOIN conversations ON conversations.id = conversation_id"
        " WHERE spoken MATCH :words AND (:all OR user = :user)"
        " AND comparison_id IS NULL ORDER BY spoken.rowid DESC LIMIT :limit",
        about | {"words": " ".join(f'"{word}"*' for word in words)},
    ).fetchall()
    speaking = {row["id"] for row in said}
    found = {
        row["id"]: dict(row) | {"call": None, "excerpt": None} for row in titled if row["id"] not in speaking
    }
    for row in said:  # a fork says the same by the same call: the older one is the original
        hit = {name: row[name] for name in ("id", "title", "at")} | {"call": row["call_id"]}
        found[row["call_id"]] = hit | {"excerpt": _excerpt(json.loads(row["body"]), words)}
    return sorted(found.values(), key=lambda hit: hit["at"], reverse=True)[:limit]


def _excerpt(content: Any, words: list[str]) -> str:
    text = content
    if not isinstance(content, str):
        text = " ".join(block["text"] for block in content if block.get("type") == "text")
    text = " ".join(text.split())
    first = re.search("|".join(rf"\b{re.escape(word)}" for word in words), text, re.I)
    at = max(0, first.start() - AROUND) if first else 0
    end = at + 2 * AROUND
    return ("…" if at else "") + text[at:end] + ("…" if len(text) > end else "")
