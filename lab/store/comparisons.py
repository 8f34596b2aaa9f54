"""Comparisons: one question to several columns at once, turn after turn. A column is a conversation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from lab.errors import BadInput
from lab.store.conversations import TITLE_LENGTH
from lab.store.replayable import replayable
from lab.store.sqlite import Connection, as_json, explained, insert, now, text_id, update
from lab.store.threads import call_turns, conversation_deleted
from lab.store.writer import Write
from lab.types import Principal

if TYPE_CHECKING:
    from sqlite_utils import Database


class Cell(NamedTuple):
    """What a column made of a turn: the name of its call, or why there is none."""

    call: str | None = None
    error: str | None = None


def create(db: Database) -> None:
    """What was compared: the columns (which are conversations), the turns, and which call answered what; and
    people's votes between two answers."""
    db["comparisons"].create(
        {"id": str, "user": str, "title": str, "created_at": str, "updated_at": str},
        pk="id",
        not_null={"user", "title", "created_at", "updated_at"},
        strict=True,
    )
    db["comparisons"].create_index(["user", "updated_at"])
    for name, kind in (("comparison_id", str), ("column_number", int), ("column_id", int)):
        db["conversations"].add_column(name, kind)
    db.execute(
        "CREATE INDEX conversations_compared ON conversations (comparison_id, column_number)"
        " WHERE comparison_id IS NOT NULL"
    )
    key = {"comparison_id": str, "turn": int}
    db["comparison_turns"].create(
        key | {"asked_id": int, "ahead": int, "created_at": str},
        pk=("comparison_id", "turn"),
        not_null={"asked_id", "ahead", "created_at"},
        foreign_keys=[("comparison_id", "comparisons"), ("asked_id", "texts")],
        strict=True,
    )
    db["comparison_cells"].create(
        key | {"number": int, "call_id": str, "error": str},
        pk=("comparison_id", "turn", "number"),
        foreign_keys=[("comparison_id", "comparisons")],
        strict=True,
    )
    db["votes"].create(
        {"user": str, "call_id": str, "other_id": str, "verdict": str, "voted_at": str},
        pk=("user", "call_id", "other_id"),
        not_null={"verdict", "voted_at"},
        strict=True,
    )
    db["votes"].create_index(["call_id", "other_id"])


def comparison_opened(
    id: str, principal: Principal, title: str, columns: Sequence[tuple[str, Mapping[str, Any]]]
) -> Write:
    """A comparison before its first turn; of each column the name of its conversation, and what it is."""
    told = [(conversation, as_json(column)) for conversation, column in columns]
    return _compared(id, principal.user, " ".join(title.split())[:TITLE_LENGTH] or "Untitled", told, now())


@replayable
def _compared(
    connection: Connection, id: str, user: str, title: str, columns: Sequence[Sequence[str]], at: str
) -> None:
    row = {"id": id, "user": user, "title": title, "created_at": at, "updated_at": at}
    insert(connection, "comparisons", row)
    for number, (conversation, column) in enumerate(columns):
        row = {"id": conversation, "user": user, "title": "", "created_at": at, "updated_at": at}
        named = {"comparison_id": id, "column_number": number, "column_id": text_id(connection, column)}
        insert(connection, "conversations", row | named)


def comparison_asked(
    id: str, turn: int, asked: Mapping[str, Any], ahead: int, cells: Sequence[Cell]
) -> Write:
    """A turn, and what becomes of it in each column. `asked` is what JSON can hold of the question; `ahead`:
    how many calls go before others, which read what they wrote to the cache."""
    return _turn_asked(id, turn, as_json(asked), ahead, [list(cell) for cell in cells], now())


@replayable
def _turn_asked(
    connection: Connection, id: str, turn: int, asked: str, ahead: int, cells: list[list[Any]], at: str
) -> None:
    row = {"comparison_id": id, "turn": turn, "asked_id": text_id(connection, asked), "ahead": ahead}
    insert(connection, "comparison_turns", row | {"created_at": at})
    for number, (call, error) in enumerate(cells):
        row = {"comparison_id": id, "turn": turn, "number": number, "call_id": call, "error": error}
        insert(connection, "comparison_cells", row)
    update(connection, "comparisons", {"id": id}, {"updated_at": at})


def comparison_retried(id: str, turn: int, number: int, cell: Cell) -> Write:
    """Another call takes the place of one, as it does in the column's conversation, where both are
    alternatives."""
    return _cell_replaced(id, turn, number, *cell)


@replayable
def _cell_replaced(
    connection: Connection, id: str, turn: int, number: int, call: str | None, error: str | None
) -> None:
    key = {"comparison_id": id, "turn": turn, "number": number}
    update(connection, "comparison_cells", key, {"call_id": call, "error": error})


def comparison_deleted(id: str) -> Write:
    """Take a comparison and its conversations away. Its calls and the votes on them stay: they were made."""

    def write(connection: Connection) -> None:
        for row in connection.execute(
            "SELECT id FROM conversations WHERE comparison_id = ?", (id,)
        ).fetchall():
            conversation_deleted(row["id"])(connection)
        for table in ("comparison_cells", "comparison_turns"):
            connection.execute(f"DELETE FROM {table} WHERE comparison_id = ?", (id,))
        connection.execute("DELETE FROM comparisons WHERE id = ?", (id,))

    return write


@explained
def comparisons(connection: Connection, principal: Principal, limit: int) -> list[dict[str, Any]]:
    """Those that the person may see, newest first: id, title, user, updated_at."""
    rows = connection.execute(
        "SELECT id, title, user, updated_at FROM comparisons WHERE :all OR user = :user"
        " ORDER BY updated_at DESC, id DESC LIMIT :limit",
        {"all": principal.role == "admin", "user": principal.user, "limit": limit},
    )
    return [dict(row) for row in rows]


@explained
def comparison(connection: Connection, principal: Principal, id: str) -> dict[str, Any]:
    """One with its `columns` and `turns`, in their order. Raises BadInput where there is none to see.

    A column is what `comparison_opened` was given, with its `conversation`. A turn has `asked`, `ahead` and
    `cells`, one for each column: a `Cell`.
    """
    row = connection.execute("SELECT * FROM comparisons WHERE id = ?", (id,)).fetchone()
    if row is None or (row["user"] != principal.user and principal.role != "admin"):
        raise BadInput(f"There is no comparison '{id}'. It may have been deleted.")
    columns = connection.execute(
        "SELECT conversations.id, body FROM conversations JOIN texts ON texts.id = column_id"
        " WHERE comparison_id = ? ORDER BY column_number",
        (id,),
    )
    turns = connection.execute(
        "SELECT turn, ahead, body FROM comparison_turns JOIN texts ON texts.id = asked_id"
        " WHERE comparison_id = ? ORDER BY turn",
        (id,),
    ).fetchall()
    cells = connection.execute(
        "SELECT turn, call_id, error FROM comparison_cells WHERE comparison_id = ? ORDER BY turn, number",
        (id,),
    ).fetchall()
    return dict(row) | {
        "columns": [json.loads(each["body"]) | {"conversation": each["id"]} for each in columns],
        "turns": [
            {
                "asked": json.loads(turn["body"]),
                "ahead": turn["ahead"],
                "cells": [Cell(*cell[1:]) for cell in cells if cell["turn"] == turn["turn"]],
            }
            for turn in turns
        ],
    }


@explained
def compared_calls(connection: Connection, principal: Principal, id: str) -> dict[str, dict[str, Any]]:
    """The calls of a comparison by their names, each as `turns` gives it."""
    found = comparison(connection, principal, id)
    names = [cell.call for turn in found["turns"] for cell in turn["cells"] if cell.call]
    return call_turns(connection, principal, names)
