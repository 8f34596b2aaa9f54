"""Connections to read with: a thread has one to itself, and another thread may have it afterwards."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

from lab.store import sqlite
from lab.store.sqlite import Connection

KEPT = 8
"""Connections that wait for their next thread."""
CACHE = 16_000
"""KB of the file that a connection keeps in memory: with SQLite's own 2,000 a page in another order of a long
log read the same pages of its index again and again."""


class Readers:
    """A click in the app is a thread of its own, and opening a connection is much of what it costs."""

    def __init__(self, path: Path, patience: float) -> None:
        self._path, self._patience = path, patience
        self._local = threading.local()
        self._idle: list[Connection] = []
        self._closed = False

    def mine(self) -> Connection:
        """This thread's connection. Raises StoreError where there can be none."""
        if not hasattr(self._local, "lent"):
            self._local.lent = _Lent(self)
        return self._local.lent.connection

    def take(self) -> Connection:
        with suppress(IndexError):
            return self._idle.pop()
        try:
            connection = sqlite.connect(self._path, wait=self._patience)
        except sqlite.Error as error:
            raise sqlite.explain(error, self._path) from error
        connection.execute("PRAGMA query_only = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE}")
        return connection

    def give(self, connection: Connection) -> None:
        if self._closed or len(self._idle) >= KEPT:
            connection.close()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        self._closed = True
        self._local.__dict__.clear()  # another thread's may be in use, and ends with it
        while self._idle:
            self._idle.pop().close()


class _Lent:
    """Given back when nothing holds this any more: the thread has ended, or the store was closed."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self.connection = readers.take()

    def __del__(self) -> None:
        if hasattr(self, "connection"):
            self._readers.give(self.connection)
