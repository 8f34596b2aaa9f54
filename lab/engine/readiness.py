"""Whether this process can take calls."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

from lab.engine.live import Lives
from lab.errors import LabError
from lab.store import alerting

LEAST_ROOM = 64 * 2**20
"""Bytes that must be free on the database's disk: calls that cannot be written down are not made."""


async def unready(lives: Lives) -> str | None:
    """Why it cannot, in a sentence; None where it can. It writes a row to know."""
    if not lives.open:
        return "The app is shutting down."
    database = lives.lab.store
    try:
        await database.commit(alerting.watch_taken("ready", database.process, datetime.now(UTC), timedelta()))
        free = shutil.disk_usage(database.path.parent).free
    except LabError as error:
        return str(error)
    except OSError as error:
        return f"The folder of the database cannot be looked at: {error.strerror}."
    if free < LEAST_ROOM:
        return (
            f"Only {free / 2**20:.0f} MB are free on the database's disk; {LEAST_ROOM // 2**20} are needed."
        )
    return None
