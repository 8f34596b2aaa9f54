"""The wanted calls, all of them, for whoever takes them away at their own pace."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from lab.store import sqlite
from lab.store.searching import searchable
from lab.store.sqlite import Connection
from lab.store.wanted import Wanted, where
from lab.store.whole import columns, whole
from lab.types import Principal

BATCH = 200
"""Calls that are in memory at once."""
STRETCH = 5000
"""Ids that are looked for at once: a search by words need not begin again for every batch."""
LONGEST = 30.0
"""Seconds of one moment. As long as somebody reads it, the write-ahead log keeps all that was written since,
and a person's text that is forgotten meanwhile stays in it."""


class Export:
    """Batches of calls as `whole` gives them, newest first, each call once; begin it by iterating.

    They are what the log was at one moment, when that is over within `longest` seconds, whoever is slow. An
    export that takes longer goes on with what the log is by then: no call comes twice, and none that was made
    since the beginning. The last batch is empty. `columns` are those that each call has of its own; `matched`
    says how many calls there are at the beginning, `given` how many were given out, `moments` of how many
    moments these are. Raises StoreError.
    """

    def __init__(
        self,
        path: Path,
        principal: Principal,
        wanted: Wanted,
        *,
        longest: float = LONGEST,
        batch: int = BATCH,
    ) -> None:
        self._path, self._principal, self._wanted = path, principal, wanted
        self._longest, self._batch = longest, batch
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self.columns: tuple[str, ...] = ()
        self.matched = self.given = 0
        self.moments = 0

    def __iter__(self) -> Iterator[list[dict[str, Any]]]:
        try:
            with closing(sqlite.connect(self._path)) as connection:
                connection.execute("PRAGMA query_only = ON")
                try:
                    yield from self._batches(connection)
                finally:
                    self._end(connection)
        except sqlite.Error as error:
            raise sqlite.explain(error, self._path) from error

    def _batches(self, connection: Connection) -> Iterator[list[dict[str, Any]]]:
        if self._wanted.words is not None:
            searchable(connection)
        held, values = where(self._principal, self._wanted)
        with self._looking(connection):
            self.columns = columns(connection)
            (self.matched,) = connection.execute(f"SELECT count(*) {held}", values).fetchone()
        ids: list[str] = []
        before: str | None = None
        while True:
            with self._looking(connection):
                if not ids:
                    older = (f"{held} AND id < ?", [*values, before]) if before else (held, values)
                    rows = connection.execute(
                        f"SELECT id {older[0]} ORDER BY id DESC LIMIT ?", (*older[1], STRETCH)
                    )
                    ids = [row["id"] for row in rows]
                batch, ids = ids[: self._batch], ids[self._batch :]
                found = whole(connection, self._principal, batch)
            self.given += len(found)
            yield found
            if not batch:
                return
            before = batch[-1]

    @contextmanager
    def _looking(self, connection: Connection) -> Iterator[None]:
        """One moment, which another thread ends when it has been long enough."""
        with self._lock:
            if self._timer is None:
                connection.execute("BEGIN")
                self.moments += 1
                self._timer = threading.Timer(self._longest, self._end, (connection,))
                self._timer.daemon = True
                self._timer.start()
            yield

    def _end(self, connection: Connection) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
                connection.execute("ROLLBACK")
