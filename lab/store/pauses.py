"""What is paused: rows that override what the files declare, until somebody resumes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lab import figures
from lab.store.sqlite import Connection, explained, insert, now, stored
from lab.store.writer import Write
from lab.types import Principal

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Pause:
    """New calls are not made: all of them, those with a prompt, or with one version of it.

    `since` and `until` (None: until it is resumed) are times as they stand in the tables.
    """

    prompt: str | None
    version: int | None
    user: str
    because: str | None
    since: str
    until: str | None

    def holds(self, prompt: str | None, version: int | None) -> bool:
        """Whether a call with this prompt waits for it to end."""
        return self.prompt is None or (self.prompt == prompt and self.version in (None, version))

    @property
    def ref(self) -> str:
        """`support`, `support@2`, or nothing for all calls."""
        return (self.prompt or "") + (f"@{self.version}" if self.version else "")

    @property
    def sentence(self) -> str:
        """Who paused what, since when and why; and when it goes on by itself."""
        what = f"New calls with {self.ref} are" if self.prompt else "New calls are"
        why = f": {self.because.rstrip('.')}." if self.because else "."
        said = f"{what} paused since {figures.local_time(self.since)} by {self.user}{why}"
        on = f" They go on by themselves at {figures.local_time(self.until)}." if self.until else ""
        return said + on

    @property
    def end(self) -> str:
        """The command that ends it."""
        return f"lab resume {self.ref}".strip()


def create(db: Database) -> None:
    """What was paused, when and by whom that was ended."""
    db["pauses"].create(
        {"id": int, "prompt": str, "version": int, "user": str, "because": str, "since": str, "until": str}
        | {"ended_at": str, "ended_by": str},
        pk="id",
        not_null={"user", "since"},
        strict=True,
    )
    db.execute("CREATE INDEX pauses_open ON pauses (id) WHERE ended_at IS NULL")


@explained
def pauses(connection: Connection) -> list[Pause]:
    """Those in force now. It is asked before every call: a few microseconds."""
    rows = connection.execute(
        "SELECT prompt, version, user, because, since, until FROM pauses INDEXED BY pauses_open"
        " WHERE ended_at IS NULL AND (until IS NULL OR until > ?)",
        (now(),),
    )
    return [Pause(*row) for row in rows]


def paused(
    prompt: str | None, version: int | None, principal: Principal, because: str | None, until: datetime | None
) -> Write:
    """From now on such calls are not made, in whatever process. It takes the place of a pause of the same."""
    row = {"prompt": prompt, "version": version, "user": principal.user, "because": because or None}

    def write(connection: Connection) -> None:
        resumed(prompt, version, principal)(connection)
        insert(connection, "pauses", {**row, "since": now(), "until": until and stored(until)})

    return write


def resumed(prompt: str | None, version: int | None, principal: Principal) -> Write:
    """The pause of exactly this ends. Gives whether there was one."""

    def write(connection: Connection) -> bool:
        connection.execute(
            "UPDATE pauses SET ended_at = until WHERE ended_at IS NULL AND until <= ?", (now(),)
        )
        done = connection.execute(
            "UPDATE pauses SET ended_at = ?, ended_by = ?"
            " WHERE ended_at IS NULL AND prompt IS ? AND version IS ?",
            (now(), principal.user, prompt, version),
        )
        return done.rowcount > 0

    return write
