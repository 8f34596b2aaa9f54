"""Conversations and their messages."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.errors import BadInput
from lab.store.branches import Tree, tree
from lab.store.replayable import Write, replayable
from lab.store.sent import messages
from lab.store.sqlite import Connection, as_json, explained, insert, now, text_id, update
from lab.types import Message, Principal

TITLE_LENGTH = 80
_CALLS = "FROM json_each(?) AS at JOIN calls ON calls.id = at.value"
"""The calls of a path, which is given as JSON; `at.key` is the place of each in it."""
_TAG = re.compile(r"</?\w+>")


@dataclass(frozen=True)
class Made:
    """What an exchange was made with. `whole`: behind all that stands before it now, just as it stands."""

    model: str
    system: str | tuple[Message, ...]
    tools: Any
    whole: bool


@dataclass(frozen=True)
class Conversation:
    """A conversation so far. The last call's settings are what it goes on with.

    `examples` are the few-shot turns that its first call stood behind; `prompt` and `version` name the
    prompt of its last. `made` says of each message what its call was made with, `pinned` which of them always
    go along. `head` is the call that it stands behind, `message_id` the API's name for the last answer.
    """

    id: str
    messages: tuple[Message, ...]
    model: str
    system: str | tuple[Message, ...]
    max_tokens: int
    options: Mapping[str, Any]
    examples: tuple[Message, ...] = ()
    prompt: str | None = None
    version: int | None = None
    made: tuple[Made, ...] = ()
    message_id: str | None = None
    head: str = ""
    pinned: frozenset[int] = frozenset()


def conversation_opened(id: str, principal: Principal) -> Write:
    """The conversation's row, before anything is said in it; one that exists stays as it is."""
    return _opened(id, principal.user, now())


@replayable
def _opened(connection: Connection, id: str, user: str, at: str) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO conversations (id, user, title, created_at, updated_at)"
        " VALUES (?, ?, '', ?, ?)",
        (id, user, at, at),
    )


def message_sent(conversation: str, message: Message, call: str) -> Write:
    """A person's turn; the first one names the conversation."""
    return _said(conversation, dict(message), call, now())


def message_received(conversation: str, content: Sequence[Mapping[str, Any]], call: str) -> Write:
    """The model's turn, as far as it came."""
    return _said(conversation, {"role": "assistant", "content": list(content)}, call, now())


@replayable
def _said(connection: Connection, conversation: str, message: Message, call: str, at: str) -> None:
    if message["role"] == "user":
        words = _TAG.sub(" ", plain_text(message["content"])).split()
        title = " ".join(words)[:TITLE_LENGTH] or "Untitled"
        update(connection, "conversations", {"id": conversation, "title": ""}, {"title": title})
    body = text_id(connection, as_json(message["content"]))
    row = {"conversation_id": conversation, "call_id": call, "role": message["role"], "content_id": body}
    insert(connection, "messages", row | {"created_at": at})
    update(connection, "conversations", {"id": conversation}, {"updated_at": at})


@explained
def latest_conversation(connection: Connection, principal: Principal) -> str:
    """The person's conversation with the newest message. Raises BadInput when there is none."""
    row = connection.execute(
        "SELECT id FROM conversations WHERE user = ? AND comparison_id IS NULL"
        " AND EXISTS (SELECT 1 FROM messages WHERE conversation_id = conversations.id)"
        " ORDER BY updated_at DESC, id DESC LIMIT 1",
        (principal.user,),
    ).fetchone()
    if row is None:
        raise BadInput("There is no conversation to continue. Ask without -c first.")
    return row["id"]


@explained
def conversation(
    connection: Connection, principal: Principal, id: str, behind: str | None = None
) -> Conversation:
    """A conversation the person may read, up to one of its calls (None: up to what it shows). Raises BadInput
    when there is none by that name.

    A turn that got no answer is left out of the messages: the next question stands in its place.
    """
    owner = connection.execute("SELECT user FROM conversations WHERE id = ?", (id,)).fetchone()
    grown = tree(connection, id)
    path = grown.path(behind)
    if owner is None or not path or (owner["user"] != principal.user and principal.role != "admin"):
        raise BadInput(f"There is no conversation '{id}'. `lab logs` shows the conversation of each call.")
    return _conversation(connection, id, grown, path)


def _conversation(connection: Connection, id: str, grown: Tree, path: Sequence[str]) -> Conversation:
    calls = json.dumps(path)
    last = connection.execute(
        "SELECT coalesce(meant_model, model) AS model, max_tokens, prompt, version,"
        " s.body AS system, o.body AS options"
        f" {_CALLS}"
        " LEFT JOIN texts s ON s.id = system_id LEFT JOIN texts o ON o.id = options_id"
        " ORDER BY message_ids IS NULL, at.key DESC LIMIT 1",
        (calls,),
    ).fetchone()
    examples, rows = _examples(connection, id, calls), _answered(connection, id, calls)
    return Conversation(
        id,
        tuple({"role": row["role"], "content": json.loads(row["body"])} for row in rows),
        last["model"],
        _system(last["system"]),
        last["max_tokens"],
        json.loads(last["options"]) if last["options"] else {},
        examples,
        last["prompt"],
        last["version"],
        _made(connection, rows, calls, len(examples)),
        _message_id(connection, calls),
        path[-1],
        frozenset(position for position, row in enumerate(rows) if row["call_id"] in grown.pinned),
    )


def _message_id(connection: Connection, calls: str) -> str | None:
    row = connection.execute(
        f"SELECT message_id {_CALLS} WHERE message_id IS NOT NULL"
        " AND stop_reason IS NOT NULL ORDER BY at.key DESC LIMIT 1",
        (calls,),
    ).fetchone()
    return row["message_id"] if row else None


def _system(body: str | None) -> str | tuple[Message, ...]:
    system = json.loads(body) if body else ""
    return tuple(system) if isinstance(system, list) else system


def _made(connection: Connection, rows: Sequence[Any], calls: str, examples: int) -> tuple[Made, ...]:
    """What the calls of these messages were made with. One that was asked another way than its question
    stands here, or that saw another part of the conversation, was not made behind what stands before it."""
    asked = connection.execute(
        "SELECT calls.id, model, rerouted, json_array_length(message_ids) AS sent, s.body AS system,"
        " o.body -> '$.tools' AS tools"
        f" {_CALLS}"
        " LEFT JOIN texts s ON s.id = system_id LEFT JOIN texts o ON o.id = options_id"
        " WHERE message_ids IS NOT NULL",
        (calls,),
    )
    found: dict[str, Made] = {}
    roles, starts = defaultdict(list), {}
    for position, row in enumerate(rows):
        starts.setdefault(row["call_id"], position)
        roles[row["call_id"]].append(row["role"])
    for call in asked:
        if call["id"] in starts:
            behind = call["sent"] - examples - own(roles[call["id"]])
            whole = behind == starts[call["id"]] and not call["rerouted"]
            tools = json.loads(call["tools"]) if call["tools"] else None
            found[call["id"]] = Made(call["model"], _system(call["system"]), tools, whole)
    return tuple(found[row["call_id"]] for row in rows)


def _examples(connection: Connection, id: str, calls: str) -> tuple[Message, ...]:
    """What the first of these calls put before its question."""
    first = connection.execute(
        f"SELECT calls.id, message_ids {_CALLS} WHERE message_ids IS NOT NULL ORDER BY at.key LIMIT 1",
        (calls,),
    ).fetchone()
    if first is None:
        return ()
    sent = messages(connection, json.loads(first["message_ids"]))
    said = own(roles(connection, id, first["id"]) or ["user"])
    return tuple(sent[: len(sent) - said])


def roles(connection: Connection, id: str, call: str) -> list[str]:
    """Who speaks in the messages that stand in a conversation for a call, in their order."""
    rows = connection.execute(
        "SELECT role FROM messages WHERE conversation_id = ? AND call_id = ? ORDER BY id", (id, call)
    )
    return [row["role"] for row in rows]


def own(roles: Sequence[str]) -> int:
    """How many messages a call sent of its own, of those that stand in the conversation for it."""
    return len(roles) - (roles[-1] == "assistant")


def _answered(connection: Connection, id: str, calls: str) -> list[Any]:
    """The turns that got an answer, each question with its own though two were asked at once."""
    rows = connection.execute(
        "SELECT messages.role, call_id, body FROM json_each(?) AS at JOIN messages ON call_id = at.value"
        " AND conversation_id = ? JOIN texts ON texts.id = content_id ORDER BY at.key, messages.id",
        (calls, id),
    ).fetchall()
    answered = {row["call_id"] for row in rows if row["role"] == "assistant"}
    return [row for row in rows if row["call_id"] in answered]


def plain_text(content: str | Sequence[Mapping[str, Any]]) -> str:
    """The words of a message, without its other blocks."""
    if isinstance(content, str):
        return content
    return "".join(block["text"] for block in content if block.get("type") == "text")
