"""A table of notes, whose rows show in what order they were written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lab.store import Connection, Store, Write, sqlite

CREATE = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text NOT NULL)"


def note(text: str) -> Write:
    """One row; gives its number."""
    return lambda connection: connection.execute("INSERT INTO notes (text) VALUES (?)", (text,)).lastrowid


def bad(connection: Connection) -> None:
    connection.execute("INSERT INTO notes (text) VALUES ('before the fault')")
    connection.execute("INSERT INTO notes (text) VALUES (NULL)")


def notes(store: Store) -> list[str]:
    return [text for (text,) in store.read.execute("SELECT text FROM notes ORDER BY id")]


@contextmanager
def held(store: Store) -> Iterator[None]:
    """Another connection holds the database."""
    connection = sqlite.connect(store.path)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.close()
