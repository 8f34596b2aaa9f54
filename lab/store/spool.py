"""Writes that found the disk full, in a file on another one until there is room again.

A file belongs to one process and one database, lies in the system's temporary folder and is readable by its
owner alone: a line of JSON for each write, in their order.
"""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lab.errors import StoreError
from lab.store import liveness, replayable, sqlite
from lab.store.indexing import caught_up
from lab.store.replayable import Replayable
from lab.store.sqlite import Connection, insert, now, transaction
from lab.types import digest, new_id

if TYPE_CHECKING:
    from sqlite_utils import Database


def create(db: Database) -> None:
    """Which spool files were made up for: none of them ever is twice."""
    db["spools"].create(
        {"file": str, "replayed_at": str, "writes": int, "lost": int},
        pk="file",
        not_null={"replayed_at", "writes", "lost"},
        strict=True,
    )


class Spool:
    """What one process could not write to its database."""

    def __init__(self, database: Path, process: str) -> None:
        self._name = f"{_prefix(database)}{process}-"
        self.file: Path | None = None

    def add(self, writes: Sequence[Replayable]) -> None:
        """Put them down, on the disk before this comes back. Raises OSError."""
        file = self.file or _folder(make=True) / f"{self._name}{new_id()}.jsonl"
        descriptor = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        self.file = file
        try:
            size = os.fstat(descriptor).st_size
            lines = "".join(write.line() for write in writes).encode()
            try:
                while lines:
                    lines = lines[os.write(descriptor, lines) :]
                os.fsync(descriptor)
            except OSError:
                os.truncate(descriptor, size)  # all of them or none
                raise
        finally:
            os.close(descriptor)

    def replay(self, connection: Connection, turn: float) -> None:
        """Make the writes and forget them. Raises what SQLite raises, and then none was made."""
        if self.file:
            _replay(connection, self.file, turn)
            self.file = None


def replay_dead(connection: Connection, database: Path) -> None:
    """Make the writes that processes left which have ended since. Safe in many processes at once."""
    for file in files(database):
        process = file.name.removeprefix(_prefix(database)).partition("-")[0]
        if liveness.is_dead(database, process):
            try:
                _replay(connection, file)
            except FileNotFoundError:  # another process was faster
                pass
            except (OSError, StoreError) as error:
                logging.getLogger("lab").error("%s", error)


def _replay(connection: Connection, file: Path, turn: float = 0.0) -> None:
    """All writes of a file in one transaction, which also says so: a file is never replayed twice."""
    with transaction(connection, turn):
        known = connection.execute("SELECT 1 FROM spools WHERE file = ?", (file.name,)).fetchone()
        if not known:
            lines = list(_lines(file))
            lost = sum(not _made(connection, line) for line in lines)
            row = {"file": file.name, "replayed_at": now(), "writes": len(lines), "lost": lost}
            insert(connection, "spools", row)
            caught_up(connection)
    file.unlink(missing_ok=True)


def _made(connection: Connection, line: str) -> bool:
    """Make one write; one that is itself at fault is left out, as it would have been the first time."""
    connection.execute("SAVEPOINT line")
    try:
        replayable.read(line)(connection)
    except Exception as error:
        if sqlite.is_transient(error):
            raise
        connection.execute("ROLLBACK TO line")
        return False
    finally:
        if connection.in_transaction:  # a full disk may have ended it
            connection.execute("RELEASE line")
    return True


def _lines(file: Path) -> Iterator[str]:
    """Whole lines; the last one may have been cut by the end of its process. Raises StoreError for a file
    that somebody else may have written."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    with open(descriptor, encoding="ascii", newline="\n") as text:
        found = os.fstat(descriptor)
        if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise StoreError(f"{file} can be written by others, so its writes are not made. Look at it.")
        yield from (line for line in text if line.endswith("\n"))


def files(database: Path) -> list[Path]:
    """The spools of a database, oldest first."""
    with suppress(OSError):
        return sorted(_folder().glob(f"{_prefix(database)}*.jsonl"), key=lambda file: file.name[-19:])
    return []


def _folder(make: bool = False) -> Path:
    """Of this user's spools. Raises OSError where there is none that is this user's alone."""
    folder = Path(tempfile.gettempdir()) / f"lab-spool-{os.getuid()}"
    if make:
        folder.mkdir(mode=0o700, exist_ok=True)
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder} is not this user's alone")
    return folder


def _prefix(database: Path) -> str:
    return f"{digest(str(database)).hex()}-"
