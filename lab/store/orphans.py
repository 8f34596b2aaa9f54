"""Texts that nothing names any more, taken away while others write.

Somebody may name a text at any moment, as long as it can be found by its hash. So those that nothing names
are first made impossible to find; what had been named until then is found again, and the others go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from lab.store.pieces import Pieces
from lab.store.sqlite import Connection, update
from lab.types import digest

_STAYS = "id NOT IN (SELECT id FROM temp.gone_calls)"
_NAMED = (
    f"SELECT system_id, options_id, answer_id, price_id FROM calls WHERE {_STAYS}",
    "SELECT content_id FROM messages WHERE conversation_id NOT IN (SELECT id FROM temp.gone_conversations)",
    "SELECT column_id FROM conversations WHERE id NOT IN (SELECT id FROM temp.gone_conversations)",
    "SELECT asked_id FROM comparison_turns WHERE comparison_id NOT IN (SELECT comparison_id"
    " FROM conversations WHERE comparison_id NOT NULL AND id IN (SELECT id FROM temp.gone_conversations))",
    "SELECT settings_id FROM runs",
    "SELECT text_id FROM cases",
)
_SENT = f"SELECT message_ids FROM calls WHERE message_ids NOT NULL AND {_STAYS}"
"""Where texts are named by their numbers; a test holds this against the foreign keys."""


def going(connection: Connection) -> None:
    """Tables for the names of what is about to go, empty at first."""
    for name in ("gone_calls", "gone_conversations"):
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
        connection.execute(f"CREATE TEMP TABLE {name} (id TEXT PRIMARY KEY) WITHOUT ROWID")


def orphans(connection: Connection) -> list[int]:
    """The texts that nothing names but what is about to go. It reads everything, which takes seconds where
    there are a million calls."""
    connection.execute("BEGIN")  # all of one moment
    try:
        (most,) = connection.execute("SELECT coalesce(max(id), 0) FROM texts").fetchone()
        named = bytearray(most + 1)
        for text in _named(connection):
            named[text] = 1
        return [id for (id,) in connection.execute("SELECT id FROM texts") if not named[id]]
    finally:
        connection.execute("ROLLBACK")


def _named(connection: Connection) -> Iterator[int]:
    for statement in _NAMED:
        for row in connection.execute(statement):
            yield from (id for id in row if id is not None)
    for (ids,) in connection.execute(_SENT):
        yield from map(abs, json.loads(ids))


def size(connection: Connection, texts: Sequence[int]) -> int:
    """Bytes of these texts."""
    (found,) = connection.execute(
        "SELECT coalesce(sum(length(CAST(body AS BLOB))), 0) FROM texts"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(texts),),
    ).fetchone()
    return found


def swept(pieces: Pieces) -> Iterator[int]:
    """Take away what nothing names; gives after each step how many texts have gone so far."""
    going(pieces.connection)
    hidden = orphans(pieces.connection)
    for _ in pieces.each(hidden, _hide):
        yield 0
    still = set(orphans(pieces.connection))
    for _ in pieces.each([id for id in hidden if id not in still], _show):
        yield 0
    yield from pieces.each([id for id in hidden if id in still], _remove)


def _hide(connection: Connection, texts: Sequence[int]) -> None:
    marks = [(id,) for id in texts]
    connection.executemany("UPDATE texts SET hash = randomblob(16) WHERE id = ?", marks)


def _show(connection: Connection, texts: Sequence[int]) -> None:
    for id in texts:
        (body,) = connection.execute("SELECT body FROM texts WHERE id = ?", (id,)).fetchone()
        key = digest(body)
        if not connection.execute("SELECT 1 FROM texts WHERE hash = ?", (key,)).fetchone():
            update(connection, "texts", {"id": id}, {"hash": key})


def _remove(connection: Connection, texts: Sequence[int]) -> None:
    connection.executemany("DELETE FROM texts WHERE id = ?", [(id,) for id in texts])
