"""Conversations that begin where another stands, or with any logged call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lab.store.branches import branched, tree, turns_copied
from lab.store.conversations import own, roles
from lab.store.replayable import replayable
from lab.store.sqlite import Connection, as_json, explained, insert, now, text_id
from lab.store.writer import Write
from lab.types import Message, Principal


def conversation_forked(id: str, principal: Principal, title: str, source: str, call: str) -> Write:
    """A conversation that begins with the turns of another up to this call; the other stays as it is."""
    return _forked(id, principal.user, title, source, call, now())


@replayable
def _forked(connection: Connection, id: str, user: str, title: str, source: str, call: str, at: str) -> None:
    _opened(connection, id, user, title, at, call, source)
    turns_copied(connection, source, id, tree(connection, source).path(call))


def conversation_replayed(
    id: str, principal: Principal, title: str, call: str, said: Sequence[Message]
) -> Write:
    """A conversation that begins with a logged call. `said`: its question, its tools, its answer; all that
    was sent before them stands before the conversation, as few-shot examples do."""
    return _replayed(id, principal.user, title, call, [dict(message) for message in said], now())


@replayable
def _replayed(
    connection: Connection,
    id: str,
    user: str,
    title: str,
    call: str,
    said: Sequence[Mapping[str, Any]],
    at: str,
) -> None:
    _opened(connection, id, user, title, at, call, None)
    branched(connection, id, call, "")
    for message in said:
        body = text_id(connection, as_json(message["content"]))
        row = {"conversation_id": id, "call_id": call, "role": message["role"], "content_id": body}
        insert(connection, "messages", row | {"created_at": at})


def _opened(
    connection: Connection, id: str, user: str, title: str, at: str, call: str, source: str | None
) -> None:
    row = {"id": id, "user": user, "title": title, "created_at": at, "updated_at": at}
    insert(connection, "conversations", row | {"head_id": call, "forked_from": source, "forked_call": call})


@explained
def lineage(connection: Connection, id: str) -> tuple[str | None, str | None]:
    """The conversation and the call that a conversation began from; None where there is none."""
    row = connection.execute(
        "SELECT forked_call, (SELECT id FROM conversations WHERE id = fork.forked_from) AS source"
        " FROM conversations AS fork WHERE id = ?",
        (id,),
    ).fetchone()
    return (row["source"], row["forked_call"]) if row else (None, None)


@explained
def place(connection: Connection, conversation: str, call: str) -> tuple[str | None, int | None]:
    """Which call of a conversation this one stands behind (empty: it is a first turn), and how many messages
    of its own it sent. None: it is no turn of it, or nothing was sent."""
    grown, said = tree(connection, conversation), roles(connection, conversation, call)
    return (grown.behind[call] or "") if call in grown.behind else None, own(said) if said else None
