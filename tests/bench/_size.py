"""How large a database is, beside what is said in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_INDEX = "name GLOB 'spoken*' OR name GLOB '*indexed_calls*'"
_SENT = "SELECT abs(value) FROM calls, json_each(message_ids)"
_BYTES = "SELECT sum(length(CAST(body AS BLOB))) FROM texts WHERE "
_SAID = (
    f"{_BYTES} id IN (SELECT answer_id FROM calls) OR id IN ({_SENT}) OR id IN (SELECT system_id FROM calls)"
)
_TWICE = f"{_BYTES} id IN (SELECT answer_id FROM calls) AND id IN ({_SENT})"
"""An answer that a conversation sent again."""


def rows(path: Path) -> list[tuple[str, ...]]:
    """The file with and without the full-text index: to what was asked and answered, each text once, and to
    what was sent and what came back, where an answer that was sent again counts as both."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        whole, calls = path.stat().st_size, db.execute("SELECT count(*) FROM calls").fetchone()[0]
        index = _pages(db, _INDEX)
        stored = db.execute("SELECT sum(length(CAST(body AS BLOB))) FROM texts").fetchone()[0]
        said, twice = (db.execute(each).fetchone()[0] for each in (_SAID, _TWICE))
    head = ("", "wanted", "bytes a call", "to what was said, once", "to what was sent and came back")

    def shown(name: str, wanted: str, size: int) -> tuple[str, ...]:
        return name, wanted, f"{size / calls:,.0f}", f"{size / said:.2f}", f"{size / (said + twice):.2f}"

    return [
        head,
        shown("file", "≤ 2.2", whole),
        shown("without full text", "≤ 1.5", whole - index),
        shown("text stored", "", stored),
        shown("questions, answers, system texts", "", said),
    ]


def _pages(db: sqlite3.Connection, which: str) -> int:
    """Bytes of the pages of these tables and indexes; Python's own SQLite can tell, where it has dbstat."""
    return db.execute(f"SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE AND ({which})").fetchone()[0]
