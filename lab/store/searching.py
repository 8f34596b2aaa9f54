"""Calls and conversations found again by what was asked and answered in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lab.errors import BadInput
from lab.store import terms
from lab.store.indexing import FACTS, kept, spoken
from lab.store.sqlite import Connection, explained
from lab.store.wanted import Wanted, where
from lab.types import Principal

RANKED = 100_000
"""Each call that is ranked costs 2 to 3 µs: a word that nearly every call says would take seconds else."""
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
FOUND = 500
"""Conversations that are found by words, at most."""
_OF = """
    SELECT conversations.id FROM spoken CROSS JOIN indexed_calls ON number = spoken.rowid
    JOIN turns USING (call_id) JOIN conversations ON conversations.id = turns.conversation_id
    WHERE spoken MATCH :words AND (:all OR conversations.user = :user) AND comparison_id IS NULL
        AND updated_at >= :since AND updated_at < :until
    ORDER BY spoken.rowid DESC
"""
_NUMBER = "(SELECT number FROM indexed_calls WHERE call_id = ?)"


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
    back: bool = False,
) -> list[str]:
    """The wanted calls that say all of this (see `terms.sought`) in question and answer, by their ids: the
    newest first, from those that came before the call `before`; `back`: the oldest first, from those that
    came after it; `ranked`: those that say it most first, of the newest RANKED that say it.

    Raises BadInput for too many words, and where this database keeps no index.
    """
    words = terms.sought(sought)
    if words is None:
        return []
    searchable(connection)
    held, values = where(principal, wanted)
    found = _FOUND.format(wanted=held)
    if before is not None:
        found += f" AND spoken.rowid {'>' if back else '<'} {_NUMBER}"
        values = [*values, before]
    order = "rank" if ranked else f"spoken.rowid {'ASC' if back else 'DESC'}"
    match = words + terms.known(_facts(principal, wanted))
    if ranked:
        found, values = f"{found} AND spoken.rowid >= ?", [*values, _oldest(connection, match)]
    rows = connection.execute(f"{found} ORDER BY {order} LIMIT ?", (match, *values, limit))
    return [row["call_id"] for row in rows]


def _facts(principal: Principal, wanted: Wanted) -> dict[str, object]:
    """What is wanted, as far as the index knows it: common words of few calls are found as soon as rare ones.
    The rest is looked at on each call."""
    found = {name: value for name in FACTS if (value := getattr(wanted, name, None)) is not None}
    return found if principal.role == "admin" else found | {"user": principal.user}


def _oldest(connection: Connection, match: str) -> int:
    """From which number on calls are ranked, so that there are RANKED at most."""
    row = connection.execute(
        "SELECT rowid FROM spoken WHERE spoken MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?", (match, RANKED)
    ).fetchone()
    return row["rowid"] if row else 0


def searchable(connection: Connection) -> None:
    """Raises BadInput where this database keeps no index."""
    if not kept(connection):
        raise BadInput("This database keeps no full-text index: `full_text` is off in the settings.")


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
    said = connection.execute(_SAID, about).fetchall() if kept(connection) else []
    speaking = {row["id"] for row in said}
    found = {
        row["id"]: dict(row) | {"call": None, "excerpt": None} for row in titled if row["id"] not in speaking
    }
    found |= {row["call"]: dict(row) for row in said}  # a fork says the same by the same call: the original's
    hits = sorted(found.values(), key=lambda hit: hit["at"], reverse=True)[:limit]
    return [hit | {"excerpt": hit["call"] and _excerpt(connection, hit["call"], sought)} for hit in hits]


@explained
def conversations_of(
    connection: Connection,
    principal: Principal,
    sought: str,
    user: str | None = None,
    span: tuple[str, str] = ("", "~"),
) -> list[str]:
    """The conversations, a `user`'s or all that the person may see, in which one exchange, or the title, says
    all of this (see `terms.sought`): as many as FOUND, those first in which it was said last. `span`: they
    were gone on with last between two times, as these stand in the tables.

    Raises BadInput for too many words, and where this database keeps no index.
    """
    words = terms.sought(sought)
    everybodys = user is None and principal.role == "admin"
    if words is None or (user not in (None, principal.user) and principal.role != "admin"):
        return []
    searchable(connection)
    about = {"all": everybodys, "user": user or principal.user, "since": span[0], "until": span[1]}
    found: dict[str, None] = {}
    for row in connection.execute(_OF, about | {"words": words}):  # read as far as they are wanted
        found[row["id"]] = None
        if len(found) == FOUND:
            return [*found]
    titled = _titled(connection, sought, about | {"limit": FOUND})
    return [*(found | dict.fromkeys(row["id"] for row in titled))][:FOUND]


def _titled(connection: Connection, sought: str, about: dict[str, Any]) -> list[Any]:
    words = re.findall(r"\w+", sought)
    likes = " AND ".join(f"instr(lower(title), :word{number})" for number in range(len(words)))
    return connection.execute(
        "SELECT id, title, updated_at AS at FROM conversations"
        f" WHERE (:all OR user = :user) AND comparison_id IS NULL AND {likes}"
        " ORDER BY updated_at DESC LIMIT :limit",
        about | {f"word{number}": word.lower() for number, word in enumerate(words)},
    ).fetchall()
