"""Connections to the one database file, and what SQLite's errors mean to a person."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from lab.errors import StoreError, StoreLocked
from lab.types import digest

try:  # carries a newer SQLite than Python's own; sqlite-utils picks the same one
    import pysqlite3 as sqlite3
except ImportError:
    import sqlite3

Connection = sqlite3.Connection
Error = sqlite3.Error

WAL_RESET_BUG = ((3, 7, 0), (3, 51, 2))
"""First and last SQLite version in which two writing processes can corrupt a WAL database
(fixed in 3.51.3, see the release notes of SQLite)."""

WAL = 4000
"""Pages in the file's log before they are moved to the file. With SQLite's own 1,000 that is at every hundred
calls or so, and four writing processes made a fifth fewer."""

LOOK = 0.002
"""Seconds between two looks. SQLite's own waiting sleeps longer and longer, up to 0.1 s: with several writers
the database was free for much of the time in which all of them waited for it."""

_LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED")
_TRANSIENT = (*_LOCKED, "SQLITE_FULL", "SQLITE_IOERR")

_FAULTS = (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.DataError)
"""What is the fault of a write, not of the file."""

P = ParamSpec("P")
T = TypeVar("T")


def version() -> tuple[int, ...]:
    """The SQLite in use."""
    return tuple(sqlite3.sqlite_version_info)


def has_wal_reset_bug() -> bool:
    first, last = WAL_RESET_BUG
    return first <= version() <= last


def create(path: Path) -> None:
    """Make the file if it is missing, readable by its owner alone; SQLite makes those beside it alike.

    One at a time: closing a file takes from this process all locks that SQLite holds on it.
    """
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def connect(path: Path, *, wait: float = 5.0) -> Connection:
    """A connection to a file that exists, which waits up to `wait` seconds for other processes.
    Statements run as they are written: no implicit transactions.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=wait,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {WAL}")
    return connection


def file(connection: Connection) -> Path:
    """Which file a connection is to."""
    return Path(connection.execute("PRAGMA database_list").fetchone()["file"])


@contextmanager
def transaction(connection: Connection, turn: float = 0.0) -> Iterator[Connection]:
    """One short write. IMMEDIATE, because a transaction that turns to writing later fails at once when
    another process writes, whatever the time it may wait. `turn`: seconds to look for a moment in which none
    writes, beside the time that the connection waits by itself."""
    end = time.monotonic() + turn
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            break
        except Error as error:
            if not is_locked(error) or time.monotonic() >= end:
                raise
        time.sleep(LOOK)
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def explained(read: Callable[Concatenate[Connection, P], T]) -> Callable[Concatenate[Connection, P], T]:
    """A function that reads, with SQLite's errors as sentences."""

    @wraps(read)
    def reading(connection: Connection, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(connection, *args, **kwargs)
        except Error as error:
            raise explain(error, file(connection)) from error

    return reading


def is_transient(error: BaseException) -> bool:
    """Whether the same write may succeed later: the database is held, or the disk is full."""
    return _name(error).startswith(_TRANSIENT)


def is_locked(error: BaseException) -> bool:
    return _name(error).startswith(_LOCKED)


def explain(error: BaseException, path: Path) -> StoreError:
    """The sentence for an error of SQLite, of the file system or of a write itself."""
    name = _name(error)
    if isinstance(error, StoreError):
        return error
    if is_locked(error):
        return StoreLocked(
            f"The database {path} is held by another process. "
            "Close what writes to it (an open transaction in another program?) and try again."
        )
    if _is_full(error, path):
        return StoreError(f"The disk that holds {path} is full. Free some space and try again.")
    if name.startswith("SQLITE_NOTADB"):
        return StoreError(f"{path} is not a SQLite database. Name another file with LAB_DB.")
    if name.startswith("SQLITE_CORRUPT"):
        return StoreError(
            f"The database {path} is damaged. Restore a copy, or name another file with LAB_DB."
        )
    unopened = name.startswith("SQLITE_CANTOPEN")
    if name == "SQLITE_READONLY_DBMOVED" or (unopened and not os.path.exists(path)):
        return gone(path)
    if (
        name.startswith("SQLITE_READONLY")
        or isinstance(error, PermissionError)
        or (unopened and _barred(path))
    ):
        return StoreError(
            f"The database {path} cannot be written: permission denied. "
            "Give yourself write access to the file and its folder, or name another file with LAB_DB."
        )
    if isinstance(error, _FAULTS) or not isinstance(error, (Error, OSError)):
        return StoreError(f"A row could not be written to {path}: {type(error).__name__}: {error}.")
    why = getattr(error, "strerror", None) or error
    return StoreError(f"The database {path} cannot be used: {why}. Name another file with LAB_DB.")


def gone(path: Path) -> StoreError:
    """The sentence for a file that is no longer there."""
    return StoreError(
        f"The database {path} was moved or deleted while the lab ran. Put it back, or start the lab again."
    )


def _is_full(error: BaseException, path: Path) -> bool:
    """SQLite calls it an I/O error where there is no room for its shared memory, of 32 KB."""
    if _name(error).startswith("SQLITE_FULL") or getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT):
        return True
    if not _name(error).startswith("SQLITE_IOERR"):
        return False
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < 2**16


def _barred(path: Path) -> bool:
    return not (os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK))


def _name(error: BaseException) -> str:
    return getattr(error, "sqlite_errorname", None) or ""


def now() -> str:
    """The time, as it stands in the tables."""
    return stored(datetime.now(UTC))


def stored(at: datetime) -> str:
    """A time, of which the zone is known, as it stands in the tables."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def insert(connection: Connection, table: str, values: Mapping[str, object]) -> int:
    """One row; gives its rowid. Table and column names come from code, never from data."""
    marks = ", ".join("?" * len(values))
    statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"
    return _execute(connection, statement, tuple(values.values())).lastrowid


def update(
    connection: Connection, table: str, key: Mapping[str, object], values: Mapping[str, object]
) -> None:
    """The rows with this key."""
    columns = ", ".join(f"{name} = ?" for name in values)
    where = " AND ".join(f"{name} = ?" for name in key)
    _execute(connection, f"UPDATE {table} SET {columns} WHERE {where}", (*values.values(), *key.values()))


def as_json(value: object) -> str:
    """A value as it stands in `texts`: the same value is always the same text, and so kept once."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def text_id(connection: Connection, body: str) -> int:
    """The number of a text in `texts`, which holds each text once."""
    key = digest(body)
    row = connection.execute("SELECT id FROM texts WHERE hash = ?", (key,)).fetchone()
    return row[0] if row else insert(connection, "texts", {"hash": key, "body": body})


def _execute(connection: Connection, statement: str, values: Sequence[object]) -> sqlite3.Cursor:
    """A model may send half of a surrogate pair, which is no text to SQLite: its JSON escape is kept."""
    try:
        return connection.execute(statement, values)
    except UnicodeEncodeError:
        return connection.execute(statement, [_encodable(value) for value in values])


def _encodable(value: object) -> object:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
