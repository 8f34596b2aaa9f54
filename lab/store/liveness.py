"""Which processes still live: a lock file each, freed by the system however a process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def folder(database: Path) -> Path:
    """Where the lock files of a database lie."""
    return database.with_name(database.name + "-locks")


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold a lock file exclusively, waiting for it."""
    descriptor = _open(file)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """The same without waiting. Raises BlockingIOError where another process holds it."""
    descriptor = _open(file)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def announce(database: Path, process: str) -> int:
    """Say that this process lives, until the returned descriptor is closed."""
    descriptor = _open(folder(database) / process)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def leave(database: Path, process: str, descriptor: int) -> None:
    remove(database, process)
    os.close(descriptor)


def remove(database: Path, process: str) -> None:
    (folder(database) / process).unlink(missing_ok=True)


def is_dead(database: Path, process: str) -> bool:
    """Whether the process that announced itself under this name has ended."""
    try:
        descriptor = os.open(folder(database) / process, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: others may be asking the same
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _open(file: Path) -> int:
    file.parent.mkdir(mode=0o700, exist_ok=True)
    return os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
