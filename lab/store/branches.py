"""Conversations as trees: which call stands behind which, which are alternatives, and which is shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.store.replayable import Write
from lab.store.sqlite import Connection, explained, update

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True)
class Tree:
    """The calls of a conversation, oldest first, each with the one that it stands behind (None: it is a
    first turn). Calls behind the same one are alternatives. `head` is the last one of what is shown.

    `pinned` are those that always go along; `pins` are of each call those that were pinned when it was made.
    """

    behind: Mapping[str, str | None]
    head: str
    pinned: frozenset[str]
    pins: Mapping[str, frozenset[str]]

    def path(self, head: str | None = None) -> list[str]:
        """The calls from a first turn to `head` (None: to what is shown; empty: none)."""
        found: list[str] = []
        at: str | None = self.head if head is None else head
        while at in self.behind:
            found.append(at)
            at = self.behind[at]
        return found[::-1]

    def alternatives(self, call: str) -> list[str]:
        """This call and those in its place, oldest first."""
        place = self.behind[call]
        return [each for each, parent in self.behind.items() if parent == place]

    def leaf(self, call: str) -> str:
        """Where the conversation went on to from a call: each time to the newest that stands behind it."""
        newest = {parent: each for each, parent in self.behind.items()}
        while call in newest:
            call = newest[call]
        return call


def create(db: Database) -> None:
    """Which call of a conversation stands behind which. Until now they stood in a row."""
    db["turns"].create(
        {"conversation_id": str, "call_id": str, "parent_id": str, "pinned": int, "pins": str},
        pk=("conversation_id", "call_id"),
        not_null={"pinned", "pins"},
        foreign_keys=[("conversation_id", "conversations"), ("call_id", "calls")],
        strict=True,
    )
    db.execute(
        "INSERT INTO turns SELECT conversation_id, id,"
        " lag(id) OVER (PARTITION BY conversation_id ORDER BY id), 0, '[]'"
        " FROM calls WHERE conversation_id IS NOT NULL"
    )
    for name in ("head_id", "forked_from", "forked_call"):
        db["conversations"].add_column(name, str)
    db.execute(
        "UPDATE conversations SET head_id ="
        " (SELECT max(id) FROM calls WHERE conversation_id = conversations.id)"
    )


def branched(connection: Connection, conversation: str, call: str, parent: str | None) -> None:
    """A new call takes its place in its conversation, behind `parent` (None: behind what is shown; empty: as
    a first turn), and is what is shown from now on."""
    connection.execute(
        "INSERT INTO turns SELECT :id, :call, nullif(coalesce(:parent, head_id), ''), 0,"
        " (SELECT json_group_array(call_id) FROM turns WHERE conversation_id = :id AND pinned)"
        " FROM conversations WHERE id = :id",
        {"id": conversation, "call": call, "parent": parent},
    )
    connection.execute(
        "UPDATE calls SET turn = 1 + coalesce((SELECT before.turn FROM turns JOIN calls AS before"
        " ON before.id = parent_id WHERE turns.conversation_id = :id AND turns.call_id = :call), 0)"
        " WHERE id = :call AND conversation_id = :id",
        {"id": conversation, "call": call},
    )
    connection.execute(
        "UPDATE calls SET followed = 1 WHERE conversation_id = :id AND followed IS NULL AND id ="
        " (SELECT parent_id FROM turns WHERE conversation_id = :id AND call_id = :call)",
        {"id": conversation, "call": call},
    )
    _head_moved(connection, conversation, call)


def _head_moved(connection: Connection, conversation: str, call: str) -> None:
    """Another call is the last that a conversation shows. A fork's first ones are another conversation's."""
    connection.execute(
        "UPDATE calls SET is_last = CASE WHEN id = :call THEN 1 END WHERE conversation_id = :id AND"
        " id IN (:call, (SELECT head_id FROM conversations WHERE id = :id))",
        {"id": conversation, "call": call},
    )
    update(connection, "conversations", {"id": conversation}, {"head_id": call})


@explained
def tree(connection: Connection, id: str) -> Tree:
    """A conversation's, without a look at whose it is; of one that nobody knows an empty one."""
    rows = connection.execute(
        "SELECT call_id, parent_id, pinned, pins, head_id FROM turns"
        " JOIN conversations ON conversations.id = conversation_id"
        " WHERE conversation_id = ? ORDER BY call_id",
        (id,),
    ).fetchall()
    return Tree(
        {row["call_id"]: row["parent_id"] for row in rows},
        rows[0]["head_id"] if rows else "",
        frozenset(row["call_id"] for row in rows if row["pinned"]),
        {row["call_id"]: frozenset(json.loads(row["pins"])) for row in rows if row["pins"] != "[]"},
    )


def conversation_turned(id: str, call: str) -> Write:
    """Show another alternative: the branch that ends with this call."""
    return lambda connection: _head_moved(connection, id, call)


def turn_pinned(id: str, call: str, pinned: bool) -> Write:
    """Whether a turn goes along with every question, however long the conversation grows."""
    key = {"conversation_id": id, "call_id": call}
    return lambda connection: update(connection, "turns", key, {"pinned": int(pinned)})


def turns_copied(connection: Connection, source: str, id: str, path: list[str]) -> None:
    """The places of these calls in one conversation, in another too, with what was said in them."""
    calls = json.dumps(path)
    connection.execute(
        "INSERT INTO turns SELECT ?, call_id, parent_id, pinned, pins FROM turns"
        " WHERE conversation_id = ? AND call_id IN (SELECT value FROM json_each(?))",
        (id, source, calls),
    )
    connection.execute(
        "INSERT INTO messages (conversation_id, call_id, role, content_id, created_at)"
        " SELECT ?, call_id, role, content_id, created_at FROM messages"
        " WHERE conversation_id = ? AND call_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (id, source, calls),
    )
