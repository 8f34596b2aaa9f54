"""Bringing a file to the newest schema."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from lab.errors import StoreError
from lab.store import liveness, sqlite
from lab.store.backup import back_up, check_room
from lab.store.schema import MIGRATIONS, Migration
from lab.store.sqlite import Connection, transaction

APPLICATION_ID = 0x50524C42
""""PRLB": marks the file as the lab's."""
PAGE = 8192
"""Bytes of a page in a new file: with SQLite's own 4,096 a text of a few thousand leaves a third of its last
page empty."""


def prepare(connection: Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring a file to the newest schema, in one transaction: all of it or nothing. Safe when many
    processes start at once. A file of an older lab is copied first, to `<file>.backup-<its schema>`.

    Raises StoreError for another program's or a newer lab's database, and where the disk has too little room.
    """
    newest, path = len(migrations), sqlite.file(connection)
    if _schema(connection, newest) == newest:
        return
    sqlite_utils = _sqlite_utils()
    with liveness.held(liveness.folder(path) / "schema"):
        if (old := _schema(connection, newest)) == 0:
            connection.execute(f"PRAGMA page_size = {PAGE}")
        elif old < newest:
            check_room(path)
            back_up(connection, path, old)
        connection.execute("PRAGMA journal_mode = WAL")
        with transaction(connection):
            db = sqlite_utils.Database(connection, execute_plugins=False)
            for number in range(_schema(connection, newest), newest):
                migrations[number](db)
                connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _sqlite_utils() -> Any:
    """sqlite-utils, without the pandas (85 MB) that it loads where it can, and has no use for here."""
    absent = "pandas" not in sys.modules
    if absent:
        sys.modules["pandas"] = None  # as Python has it: this import fails
    try:
        import sqlite_utils
    finally:
        if absent:
            del sys.modules["pandas"]
    return sqlite_utils


def _schema(connection: Connection, newest: int) -> int:
    """How many migrations the file has had. One statement, so that another process's cannot fall between."""
    version, owner, tables = connection.execute(
        "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master)"
        " FROM pragma_user_version, pragma_application_id"
    ).fetchone()
    path = sqlite.file(connection)
    if owner != APPLICATION_ID and (owner or version or tables):
        raise StoreError(f"{path} is the database of another program. Name another file with LAB_DB.")
    if version > newest:
        raise StoreError(
            f"{path} was made by a newer lab (schema {version}, this lab knows {newest}). "
            "Upgrade this lab, or name another file with LAB_DB."
        )
    return version
