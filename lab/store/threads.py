"""Conversations as people look at them: the list, the turns of one, and what they do with them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from lab.store.branches import Tree, tree
from lab.store.conversations import TITLE_LENGTH, own
from lab.store.replayable import replayable
from lab.store.sent import LAST
from lab.store.sqlite import Connection, explained, now, update
from lab.store.writer import Write
from lab.types import Message, Principal

_TURN = f"""
    SELECT calls.*, system.body AS system, options.body AS options, answer.body AS answer,
        ratings.value AS rating, ratings.note AS note,
        coalesce((SELECT body -> '$' FROM messages JOIN texts ON texts.id = content_id
                WHERE messages.conversation_id = coalesce(:id, calls.conversation_id) AND call_id = calls.id
                AND role = 'user'
                ORDER BY messages.id LIMIT 1),
            (SELECT CASE WHEN json_type(body) != 'object' THEN iif(message_ids ->> '$[#-1]' > 0, body, NULL)
                WHEN body ->> '$.role' = 'user' THEN body -> '$.content' END FROM texts WHERE {LAST}))
            AS question,
        json_array_length(message_ids) AS sent,
        (SELECT reason FROM flags WHERE call_id = calls.id AND settled_at IS NULL) AS flagged
    FROM calls LEFT JOIN texts answer ON answer.id = answer_id
    LEFT JOIN texts system ON system.id = system_id LEFT JOIN texts options ON options.id = options_id
    LEFT JOIN ratings ON ratings.call_id = calls.id AND ratings.user = :user
"""


@explained
def conversations(connection: Connection, principal: Principal, limit: int) -> list[dict[str, Any]]:
    """The conversations in which something was said, newest first: id, title, user, updated_at, turns.
    Those of comparisons are not among them."""
    rows = connection.execute(
        "SELECT id, title, user, updated_at,"
        " (SELECT count(*) FROM turns WHERE conversation_id = conversations.id) AS turns FROM conversations"
        " WHERE (:all OR user = :user) AND title != '' AND comparison_id IS NULL"
        " ORDER BY updated_at DESC, id DESC LIMIT :limit",
        {"all": principal.role == "admin", "user": principal.user, "limit": limit},
    )
    return [dict(row) for row in rows]


@explained
def title(connection: Connection, principal: Principal, id: str) -> str | None:
    """What a conversation is called; None when there is none that the person may see."""
    row = connection.execute("SELECT title, user FROM conversations WHERE id = ?", (id,)).fetchone()
    if row is None or (row["user"] != principal.user and principal.role != "admin"):
        return None
    return row["title"]


@explained
def turns(
    connection: Connection,
    principal: Principal,
    id: str,
    limit: int,
    before: str | None = None,
    head: str | None = None,
) -> list[dict[str, Any]]:
    """The last calls of what a conversation shows, oldest first; those older than the call `before` for more.
    `head`: up to that call instead (empty: none).

    Each is the call's row with `question`, `answer` (content blocks), `system`, `options`, and the person's
    `rating` (1 good, -1 bad, 0 a mere note) and `note`. `outside`: the last call of the conversation no
    longer saw this turn; `pinned`: every further one will see it. `alternatives`: this call and those in its
    place. `steps`: the messages between question and answer. None where the person may not see the
    conversation.
    """
    if title(connection, principal, id) is None:
        return []
    grown = tree(connection, id)
    path = grown.path(head)
    shown = (path[: path.index(before)] if before in path else path)[-limit:]
    about = {"id": id, "user": principal.user, "calls": json.dumps(shown)}
    rows = connection.execute(
        f"{_TURN} JOIN json_each(:calls) AS shown ON shown.value = calls.id ORDER BY shown.key", about
    ).fetchall()
    unseen, steps = _unseen(connection, id, grown, path), _steps(connection, id, shown)
    return [
        _turn(row)
        | {"outside": row["id"] in unseen, "steps": steps[row["id"]], "pinned": row["id"] in grown.pinned}
        | {"alternatives": grown.alternatives(row["id"])}
        for row in rows
    ]


@explained
def call_turns(
    connection: Connection, principal: Principal, calls: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """These calls by their names, each as `turns` gives it, in whatever conversation they are; those that the
    person may see and that have a row."""
    rows = connection.execute(
        f"{_TURN} WHERE calls.id IN (SELECT value FROM json_each(:calls)) AND (:all OR calls.user = :user)",
        {
            "calls": json.dumps(list(calls)),
            "user": principal.user,
            "all": principal.role == "admin",
            "id": None,
        },
    ).fetchall()
    found = {}
    for row in rows:
        steps = _steps(connection, row["conversation_id"], [row["id"]])
        found[row["id"]] = _turn(row) | {"outside": False, "steps": steps[row["id"]]}
    return found


def _steps(connection: Connection, id: str, calls: Sequence[str]) -> dict[str, list[Message]]:
    """What stands in the conversation between the question of a call and its answer: tools and results."""
    found = defaultdict(list)
    for row in connection.execute(
        "SELECT call_id, role, body FROM messages JOIN texts ON texts.id = content_id"
        " WHERE conversation_id = ? AND call_id IN (SELECT value FROM json_each(?)) ORDER BY messages.id",
        (id, json.dumps(calls)),
    ):
        found[row["call_id"]].append((row["role"], row["body"]))
    for call, turns in found.items():
        between = turns[turns[0][0] == "user" : len(turns) - (turns[-1][0] == "assistant")]
        found[call] = [{"role": role, "content": json.loads(body)} for role, body in between]
    return found


def _unseen(connection: Connection, id: str, grown: Tree, path: Sequence[str]) -> set[str]:
    """The turns that the last of these calls no longer saw."""
    calls = connection.execute(
        "SELECT calls.id, answer_id, stop_reason, json_array_length(message_ids) AS sent"
        " FROM json_each(?) AS at JOIN calls ON calls.id = at.value WHERE message_ids IS NOT NULL"
        " ORDER BY at.key",
        (json.dumps(path),),
    ).fetchall()
    if len(calls) < 2:
        return set()
    roles = defaultdict(list)
    for row in connection.execute(
        "SELECT call_id, role FROM messages WHERE conversation_id = ? ORDER BY id", (id,)
    ):
        roles[row["call_id"]].append(row["role"])
    for call in calls:
        answered = call["answer_id"] and call["stop_reason"] != "refusal"
        roles[call["id"]] = roles[call["id"]] or ["user", *["assistant"] * bool(answered)]
    first, last = (call["sent"] - own(roles[call["id"]]) for call in (calls[0], calls[-1]))
    before = [call["id"] for call in calls[:-1] if roles[call["id"]][-1] == "assistant"]
    pins = grown.pins.get(calls[-1]["id"], frozenset())
    others = [call for call in before if call not in pins]
    seen = last - first - sum(len(roles[call]) for call in before if call in pins)  # without the examples
    while others and seen > 0:
        seen -= len(roles[others.pop()])
    return set(others and path[: path.index(others[-1]) + 1]) - pins


def _turn(row: Any) -> dict[str, Any]:
    found = dict(row)
    for name in ("question", "answer", "system", "options", "stop_details", "cache_miss"):
        found[name] = json.loads(row[name]) if row[name] else None
    if found["answer"] is None and row["partial"]:
        found["answer"] = [{"type": "text", "text": row["partial"]}]
    return found


def conversation_renamed(id: str, title: str) -> Write:
    """A title of the person's own."""
    values = {"title": " ".join(title.split())[:TITLE_LENGTH] or "Untitled"}
    return lambda connection: update(connection, "conversations", {"id": id}, values)


def conversation_deleted(id: str) -> Write:
    """Take a conversation and its messages away. Its calls stay in the log: they were made and paid for."""

    def write(connection: Connection) -> None:
        connection.execute("DELETE FROM turns WHERE conversation_id = ?", (id,))
        update(connection, "calls", {"conversation_id": id}, {"conversation_id": None})
        connection.execute("DELETE FROM messages WHERE conversation_id = ?", (id,))
        connection.execute("DELETE FROM conversations WHERE id = ?", (id,))

    return write


def rated(call: str, principal: Principal, value: int | None, note: str = "") -> Write:
    """The person's judgement of an answer: 1 good, -1 bad, 0 neither, None takes it back."""
    return _rated(call, principal.user, value, note, now())


@replayable
def _rated(connection: Connection, call: str, user: str, value: int | None, note: str, at: str) -> None:
    connection.execute("DELETE FROM ratings WHERE call_id = ? AND user = ?", (call, user))
    if value is not None:
        connection.execute(
            "INSERT INTO ratings (call_id, user, value, note, created_at) VALUES (?, ?, ?, ?, ?)",
            (call, user, value, note, at),
        )
