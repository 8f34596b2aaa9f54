"""Calls of the log with everything that belongs to them, many at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lab.store.sent import message
from lab.store.sqlite import Connection, explained
from lab.types import Principal

_TEXTS = ("system_id", "options_id", "answer_id", "price_id")
_NAMES = ("conversation_id", "run_id", "case_id", "message_id", "request_id")
"""Columns whose names end like those of texts, and which hold something else."""
_JSON = ("stop_details", "cache_miss")


@explained
def whole(connection: Connection, principal: Principal, ids: Collection[str]) -> list[dict[str, Any]]:
    """Those of these calls that the person may see, newest first.

    Each is its row, with `request` (the API's body; None where nothing was sent), `answer` (content blocks),
    the `price` list that held, its `attempts`, its `ratings` (user, value 1, -1 or 0 for none, note), and the
    `flag` that left it to a person, if one did.
    """
    rows = connection.execute(
        "SELECT * FROM calls WHERE id IN (SELECT value FROM json_each(?)) AND (? OR user = ?)"
        " ORDER BY id DESC",
        (json.dumps(list(ids)), principal.role == "admin", principal.user),
    ).fetchall()
    calls = [{name: row[name] for name in tuple(row.keys())} for row in rows]
    texts = _texts(connection, calls)
    seen = json.dumps([call["id"] for call in calls])
    attempts = _of(connection, seen, "* FROM attempts", "number")
    ratings = _of(connection, seen, "call_id, user, value, note, created_at FROM ratings", "user")
    flags = _of(connection, seen, "* FROM flags", "call_id")
    return [
        _read(call, texts)
        | {
            "attempts": attempts[call["id"]],
            "ratings": [_without_call(rating) for rating in ratings[call["id"]]],
            "flag": next(iter(flags[call["id"]]), None),
        }
        for call in calls
    ]


def columns(connection: Connection) -> tuple[str, ...]:
    """What `whole` gives of a call's own row, in its order."""
    rows = connection.execute("SELECT name FROM pragma_table_info('calls')")
    return tuple(row["name"] for row in rows if _kept(row["name"]))


def _kept(name: str) -> bool:
    return name not in ("message_ids", "kind") and (not name.endswith("_id") or name in _NAMES)


def _texts(connection: Connection, calls: Sequence[Mapping[str, Any]]) -> dict[int, Any]:
    """What these calls say, by its number; what many of them say is read once."""
    wanted = {call[name] for call in calls for name in _TEXTS} - {None}
    for call in calls:
        wanted.update(map(abs, json.loads(call["message_ids"] or "[]")))
    rows = connection.execute(
        "SELECT id, body FROM texts WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(wanted)),)
    )
    return {row["id"]: json.loads(row["body"]) for row in rows}


def _of(connection: Connection, calls: str, what: str, order: str) -> Mapping[str, list[dict[str, Any]]]:
    """The rows that belong to each of these calls (JSON)."""
    found = defaultdict(list)
    for row in connection.execute(
        f"SELECT {what} WHERE call_id IN (SELECT value FROM json_each(?)) ORDER BY {order}", (calls,)
    ):
        found[row["call_id"]].append(dict(row))
    return found


def _read(call: Mapping[str, Any], texts: Mapping[int, Any]) -> dict[str, Any]:
    found = {name: value for name, value in call.items() if _kept(name)}
    found |= {name: json.loads(call[name]) if call[name] else None for name in _JSON}
    found |= {name: texts.get(call[f"{name}_id"]) for name in ("answer", "price")}
    return found | {"request": _request(call, texts)}


def _request(call: Mapping[str, Any], texts: Mapping[int, Any]) -> dict[str, Any] | None:
    """The body that was sent; None where nothing was."""
    if call["message_ids"] is None:
        return None
    system = {"system": texts[call["system_id"]]} if call["system_id"] else {}
    body = {"model": call["model"], "max_tokens": call["max_tokens"], **system}
    messages = [message(id, texts[abs(id)]) for id in json.loads(call["message_ids"])]
    return body | {"messages": messages} | (texts.get(call["options_id"]) or {})


def _without_call(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "call_id"}
