"""The full-text index (FTS5): what was asked and answered in a call goes into it when the call ends.

It holds the words, without the text: an exchange once, with the call that made it. What calls have in common,
the system text, examples and the conversation so far, is not in it again for each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lab.store import liveness, sqlite, terms
from lab.store.conversations import plain_text
from lab.store.sent import messages
from lab.store.sqlite import Connection, insert, transaction
from lab.store.waiting import counted

if TYPE_CHECKING:
    from sqlite_utils import Database

OPEN = "state IN ('started', 'streaming')"
FACTS = ("user", "origin", "source", "model", "prompt", "state", "stop_reason")
"""What the index knows of a call besides its words: columns of `calls` that change no more when it ended."""
_INDEX = """
    CREATE VIRTUAL TABLE spoken
    USING fts5(asked, answered, facts, content = '', tokenize = 'unicode61 remove_diacritics 2')
"""
_CALL = f"""
    SELECT message_ids, partial, body AS answer, {", ".join(FACTS)}
    FROM calls LEFT JOIN texts ON texts.id = answer_id WHERE calls.id = ?
"""
_BEHIND = """
    SELECT number, call_id FROM indexed_calls
    WHERE number > coalesce((SELECT rowid FROM spoken ORDER BY rowid DESC LIMIT 1), 0) ORDER BY number
"""
HASH, BIG_HASH = 1 << 20, 1 << 24
"""Bytes of new words that SQLite gathers before it writes them: as it does by itself, and for many calls in
a row, which takes two thirds of the time. Larger parts would have to be merged at once by some later call."""
_PAGES = 500


def create(db: Database) -> None:
    """Which calls are in the index, and in which order they came."""
    db.execute("DROP TABLE spoken")
    columns = {"number": int, "call_id": str}
    db["indexed_calls"].create(columns, pk="number", not_null={"call_id"}, strict=True)
    db["indexed_calls"].create_index(["call_id"], unique=True)
    db["turns"].create_index(["call_id"])


def fill(db: Database) -> None:
    """The index itself, of all calls there are; one that knows no facts gives way to it."""
    db.execute("DROP TABLE IF EXISTS spoken")
    db.execute("DELETE FROM indexed_calls")
    _filled(db.conn)


def keep(connection: Connection, wanted: bool) -> None:
    """Have an index of all calls in this database, or none. It takes minutes where there are a million."""
    if kept(connection) == wanted:
        return
    with liveness.held(liveness.folder(sqlite.file(connection)) / "schema"), transaction(connection):
        if kept(connection) == wanted:  # another process was faster
            return
        if wanted:
            _filled(connection)
        else:
            connection.execute("DROP TABLE spoken")
            connection.execute("DELETE FROM indexed_calls")


def kept(connection: Connection) -> bool:
    """Whether this database has the index."""
    return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'spoken'").fetchone())


def _filled(connection: Connection) -> None:
    connection.execute(_INDEX)
    connection.execute("INSERT INTO spoken (spoken, rank) VALUES ('rank', 'bm25(1.0, 1.0, 0.0)')")
    hash_size(connection, BIG_HASH)
    calls = connection.execute(f"SELECT id FROM calls WHERE NOT {OPEN} ORDER BY id").fetchall()
    for (call,) in counted(calls, "calls are in the full-text index"):
        _put(connection, insert(connection, "indexed_calls", {"call_id": call}), call)
    hash_size(connection, HASH)


def hash_size(connection: Connection, size: int) -> None:
    connection.execute("INSERT INTO spoken (spoken, rank) VALUES ('hashsize', ?)", (size,))


def indexed(connection: Connection, call: str) -> None:
    """A call has ended: it has a place in the index, where there is one; its words come by `caught_up`."""
    if kept(connection) and _number(connection, call) is None:
        insert(connection, "indexed_calls", {"call_id": call})


def caught_up(connection: Connection) -> None:
    """The words of the calls that have a place since: last in a transaction, since whatever is written behind
    words has SQLite write these out at once, as a piece of the index that has to be merged with others."""
    if not kept(connection):
        return
    for number, call in connection.execute(_BEHIND).fetchall():
        _put(connection, number, call)


def _put(connection: Connection, number: int, call: str) -> None:
    words = _words(connection, call)
    if words["asked"] or words["answered"]:
        insert(connection, "spoken", {"rowid": number} | words)
    else:
        connection.execute("DELETE FROM indexed_calls WHERE number = ?", (number,))


def _words(connection: Connection, call: str) -> dict[str, str]:
    """A call as it goes into the index."""
    row = connection.execute(_CALL, (call,)).fetchone()
    asked, answered = _spoken(connection, row)
    facts = " ".join(terms.fact(name, row[name]) for name in FACTS if row[name] is not None)
    return {"asked": terms.indexed(asked), "answered": terms.indexed(answered), "facts": facts}


def unindexed(connection: Connection, calls: Iterable[str]) -> None:
    """These calls are about to go, or their text is: before anything of them is changed, since the index
    finds what to take out by the same words and FACTS."""
    for call in calls:
        if (number := _number(connection, call)) is not None:
            insert(connection, "spoken", {"spoken": "delete", "rowid": number} | _words(connection, call))
            connection.execute("DELETE FROM indexed_calls WHERE number = ?", (number,))


def purged(connection: Connection, begin: bool) -> bool:
    """A step towards the words of what was taken out leaving the file: SQLite only marks them at first. Gives
    whether there is more to do; every step is short, so that others write in between. `begin`: the first."""
    if not kept(connection):
        return False
    before = connection.total_changes
    connection.execute(
        "INSERT INTO spoken (spoken, rank) VALUES ('merge', ?)", (-_PAGES if begin else _PAGES,)
    )
    return connection.total_changes - before > 1


def _number(connection: Connection, call: str) -> int | None:
    row = connection.execute("SELECT number FROM indexed_calls WHERE call_id = ?", (call,)).fetchone()
    return row[0] if row else None


def spoken(connection: Connection, call: str) -> tuple[str, str]:
    """The words of a call: of its question, with what was sent behind that, and of its answer."""
    return _spoken(connection, connection.execute(_CALL, (call,)).fetchone())


def _spoken(connection: Connection, row: Any) -> tuple[str, str]:
    answer = plain_text(json.loads(row["answer"])) if row["answer"] else row["partial"] or ""
    asked: list[str] = []
    for number in reversed(json.loads(row["message_ids"] or "[]")):
        (each,) = messages(connection, [number])
        asked.insert(0, plain_text(each["content"]))
        if each["role"] == "user" and asked[0]:
            break
    return "\n".join(filter(None, asked)), answer
