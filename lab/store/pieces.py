"""A lot of work on the database, in many short transactions between which everybody else writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from lab.errors import StoreLocked
from lab.store import liveness, sqlite
from lab.store.sqlite import Connection, transaction

T = TypeVar("T")
SHORT = 0.003
"""Seconds that a transaction is meant to take: a call that begins meanwhile waits as long."""
MOST = 500
"""Rows of one transaction, at most."""


class Pieces:
    """A connection of its own. It does not look after foreign keys, which for every text would read all
    calls: whoever uses it takes away what refers to a row with the row. What it wrote last may be lost when
    the machine loses power; the database is whole even then.

    `rest`: how many times as long as it wrote it leaves the database to others.
    """

    def __init__(self, connection: Connection, rest: float) -> None:
        self.connection = connection
        self._rest = rest

    def each(self, items: Sequence[T], work: Callable[[Connection, Sequence[T]], None]) -> Iterator[int]:
        """Do it to some of the items at a time, as many as take a short while; gives how many are done."""
        size = done = 0
        while done < len(items):
            size = max(size, 1)
            with transaction(self.connection) as connection:
                began = time.perf_counter()
                work(connection, items[done : done + size])
            took = time.perf_counter() - began
            done += len(items[done : done + size])
            yield done
            time.sleep(took * self._rest)
            size = min(MOST, 2 * size, int(size * SHORT / took))


@contextmanager
def pieces(path: Path, rest: float = 1.0) -> Iterator[Pieces]:
    """One at a time of all processes. Raises StoreError."""
    try:
        with liveness.alone(liveness.folder(path) / "upkeep"):
            connection = sqlite.connect(path)
            try:
                connection.execute("PRAGMA foreign_keys = OFF")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute("PRAGMA secure_delete = ON")
                yield Pieces(connection, rest)
            finally:
                connection.close()
    except BlockingIOError:
        busy = f"Another process is taking old calls or a person's text out of {path}. Try again later."
        raise StoreLocked(busy) from None
    except (sqlite.Error, OSError) as error:
        raise sqlite.explain(error, path) from error
