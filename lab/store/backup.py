"""A copy of the database, before a newer lab changes it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from lab.errors import StoreError
from lab.store import sqlite
from lab.store.sqlite import Connection
from lab.store.waiting import Waiting

PAGES = 4096
"""Copied at once."""


def check_room(path: Path) -> None:
    """Raises StoreError where the disk has no room for a copy, and as much again for what is written anew."""
    needed, free = 2 * path.stat().st_size, shutil.disk_usage(path.parent).free
    if free < needed:
        raise StoreError(
            f"This lab brings the database {path} to a newer schema and keeps a copy of it, which may take "
            f"{needed / 1e9:,.1f} GB; {free / 1e9:,.1f} GB are free. Make room, or move the file to a larger "
            "disk and name it with LAB_DB. Nothing was changed."
        )


@contextmanager
def _reading(connection: Connection) -> Iterator[None]:
    """All that is read is of one moment, whoever writes meanwhile."""
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def back_up(connection: Connection, path: Path, version: int) -> None:
    """A copy of the file as it stands: whole or none, readable by its owner alone."""
    copy = path.with_name(f"{path.name}.backup-{version}")
    part = path.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        with closing(sqlite.connect(part)) as target, _reading(connection):
            waiting = Waiting(f"pages of {path} are copied")
            connection.backup(
                target, pages=PAGES, progress=lambda _, left, all: waiting.tell(all - left, all)
            )
        os.fsync(descriptor)
        part.replace(copy)
    finally:
        os.close(descriptor)
        part.unlink(missing_ok=True)
