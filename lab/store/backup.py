"""A copy of the database, before a newer lab changes it."""

from __future__ import annotations

import os
from pathlib import Path

from lab.store.sqlite import Connection


def back_up(connection: Connection, path: Path, version: int) -> None:
    """A copy of the file as it stands: whole or none, readable by its owner alone."""
    copy = path.with_name(f"{path.name}.backup-{version}")
    part = path.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        connection.execute("VACUUM INTO ?", (str(part),))
        os.fsync(descriptor)
        part.replace(copy)
    finally:
        os.close(descriptor)
        part.unlink(missing_ok=True)
