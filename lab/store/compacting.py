"""A database written anew: as small as it can be, with nothing left in it of what was taken out."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from lab.errors import StoreError, StoreLocked
from lab.store import sqlite
from lab.store.indexing import purged
from lab.store.pieces import Pieces
from lab.store.sqlite import Connection, transaction

PATIENCE = 10.0
"""Seconds that readers have to end, so that the write-ahead log can be emptied."""


def compacted(work: Pieces) -> Iterator[None]:
    """Write it anew, after a few steps that hold up nobody. The last one keeps all others from writing, for
    about a second in 100 MB, and takes as much room again on the disk, and of memory. Raises StoreError."""
    connection = work.connection
    path = sqlite.file(connection)
    check_space(path)
    begin = more = True
    while more:
        with transaction(connection):
            more = purged(connection, begin)
        begin = False
        yield
    connection.execute("VACUUM")
    yield
    emptied(connection)


def check_space(path: Path) -> None:
    """Raises StoreError where the disk has no room for all of the database once more."""
    needed, free = path.stat().st_size, shutil.disk_usage(path.parent).free
    if free < needed:
        raise StoreError(
            f"Writing {path} anew takes {needed / 1e6:,.0f} MB beside it; {free / 1e6:,.0f} MB are free."
            " Make room and try again."
        )


def emptied(connection: Connection) -> None:
    """Take what was written into the database itself, and leave nothing in the write-ahead log. Raises
    StoreLocked where somebody reads on and on."""
    end = time.monotonic() + PATIENCE
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > end:
            raise StoreLocked(
                f"Somebody reads {sqlite.file(connection)} on and on, so that its write-ahead log still has"
                " what was taken out. End what reads (an export, Datasette?) and run `lab logs compact`."
            )
        time.sleep(0.05)
