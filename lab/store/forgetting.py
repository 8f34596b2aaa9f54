"""A person's text, taken out for good; what their calls cost and how they went stays, under a name that means
nothing.

Calls of checks keep their text: it is that of the team's datasets.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.errors import LabError, StoreError
from lab.store import orphans, spool, sqlite
from lab.store.compacting import compacted
from lab.store.indexing import caught_up, indexed, unindexed
from lab.store.pieces import Pieces
from lab.store.sqlite import Connection, now, transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

REMOVED = "The text was removed with its person."
NAMED = {
    "calls": "user", "conversations": "user", "comparisons": "user", "ratings": "user", "votes": "user",
    "runs": "user", "drafts": "user", "pauses": "user", "reviews": "user",
    "batches": "user",
}  # fmt: skip
"""Where a person is named as the one whose it is; `BY` names those who did something with what is others'."""
BY = (
    ("flags", "settled_by"), ("pauses", "ended_by"), ("alerts", "acknowledged_by"), ("alerts", "muted_by"),
)  # fmt: skip
_THESE = "IN (SELECT value FROM json_each(:ids))"
_OWN = f"IN (SELECT id FROM calls WHERE run_id IS NULL AND id {_THESE})"
_CALLS = (
    f"UPDATE attempts SET error = NULL WHERE call_id {_OWN}",
    f"UPDATE ratings SET note = NULL WHERE call_id {_OWN}",
    f"UPDATE flags SET reason = '{REMOVED}', settled_at = coalesce(settled_at, :now),"
    f" settled_by = coalesce(settled_by, :pseudonym) WHERE call_id {_OWN}",
    "UPDATE results SET grades = (SELECT json_group_array(json_set(value, '$.reason', ''))"
    f" FROM json_each(grades)) WHERE call_id {_OWN}",
    "UPDATE calls SET system_id = NULL, options_id = NULL, answer_id = NULL, partial = NULL, error = NULL,"
    " message_ids = CASE WHEN message_ids NOT NULL THEN '[]' END, stop_sequence = NULL, key = NULL,"
    " stop_details = CASE WHEN stop_details NOT NULL THEN json_object('type', stop_details ->> '$.type',"
    " 'category', stop_details ->> '$.category') END,"
    " cache_miss = CASE WHEN cache_miss NOT NULL THEN json_object('type', cache_miss ->> '$.type') END"
    f" WHERE id {_OWN}",
    f"UPDATE calls SET user = :pseudonym WHERE id {_THESE}",
)
_CONVERSATIONS = (
    f"DELETE FROM messages WHERE conversation_id {_THESE}",
    "UPDATE conversations SET user = :pseudonym, title = '', comparison_id = NULL, column_id = NULL,"
    f" column_number = NULL WHERE id {_THESE}",
)
_REST = (
    *(
        f"DELETE FROM {table} WHERE comparison_id IN (SELECT id FROM comparisons WHERE user = :user)"
        for table in ("comparison_cells", "comparison_turns")
    ),
    "DELETE FROM comparisons WHERE user = :user",
    "DELETE FROM drafts WHERE user = :user",
    "UPDATE ratings SET user = :pseudonym, note = NULL WHERE user = :user",
    "UPDATE votes SET user = :pseudonym WHERE user = :user",
    "UPDATE reviews SET user = :pseudonym, note = NULL WHERE user = :user",
    *(f"UPDATE {table} SET user = :pseudonym WHERE user = :user" for table in ("runs", "batches")),
    "UPDATE pauses SET user = :pseudonym, because = NULL WHERE user = :user",
    *(f"UPDATE {table} SET {column} = :pseudonym WHERE {column} = :user" for table, column in BY),
)


def create(db: Database) -> None:
    """Who was forgotten, under which name; whose own is there only as long as it goes on."""
    db["forgotten"].create(
        {"pseudonym": str, "name": str, "begun_at": str, "ended_at": str},
        pk="pseudonym",
        not_null={"begun_at"},
        strict=True,
    )


@dataclass(frozen=True)
class Traces:
    """How much there is of a person: rows by table, and how many `checks` are among the calls."""

    rows: dict[str, int]
    checks: int

    @property
    def none(self) -> bool:
        return not any(self.rows.values())


def people(connection: Connection) -> list[str]:
    """Everybody who is named in the log."""
    places = (*NAMED.items(), *BY)
    each = " UNION ".join(f"SELECT {column} AS name FROM {table}" for table, column in places)
    rows = connection.execute(f"SELECT name FROM ({each}) WHERE name NOT NULL ORDER BY 1")
    return [name for (name,) in rows]


class Forgetting:
    """Of one person. Raises LabError where their text is still being written."""

    def __init__(self, work: Pieces, user: str) -> None:
        self._work, self._connection, self._user = work, work.connection, user
        path = sqlite.file(self._connection)
        if waiting := spool.files(path):
            raise StoreError(
                f"Writes to {path} wait in {waiting[0]}, perhaps with this person's text. Start the lab once"
                " there is room on the disk, or take the file away, and try again."
            )
        (running,) = self._connection.execute(
            "SELECT count(*) FROM calls WHERE user = ? AND state IN ('started', 'streaming')", (user,)
        ).fetchone()
        if running:
            raise LabError(f"{user} has calls under way ({running}). Try again when they have ended.")

    @property
    def begun(self) -> bool:
        """Whether that was begun before, and broken off."""
        held = "SELECT 1 FROM forgotten WHERE name = ?"
        return self._connection.execute(held, (self._user,)).fetchone() is not None

    def traces(self) -> Traces:
        count = "SELECT count(*) FROM {} WHERE {} = ?".format
        rows = {
            table: self._connection.execute(count(table, column), (self._user,)).fetchone()[0]
            for table, column in NAMED.items()
        }
        checks = "SELECT count(*) FROM calls WHERE user = ? AND run_id NOT NULL"
        return Traces(rows, self._connection.execute(checks, (self._user,)).fetchone()[0])

    def calls(self) -> list[str]:
        """The person's."""
        rows = self._connection.execute("SELECT id FROM calls WHERE user = ? ORDER BY id", (self._user,))
        return [id for (id,) in rows]

    def go(self) -> Iterator[int]:
        """Forget, in many steps, each giving how many calls are done; `pseudonym` is what they are called
        from now on. Whenever it is broken off the database is whole, and the next time goes on. Raises
        StoreError."""
        self.pseudonym = self._begun()
        calls = self.calls()
        yield from self._work.each(calls, self._drop_calls)
        rows = self._connection.execute("SELECT id FROM conversations WHERE user = ?", (self._user,))
        about = {"user": self._user, "pseudonym": self.pseudonym}
        for _ in self._work.each([id for (id,) in rows], self._drop_conversations):
            yield len(calls)
        with transaction(self._connection) as connection:
            for statement in _REST:
                connection.execute(statement, about)
            for table in summed(connection):
                _moved(connection, table, about)
            connection.execute("UPDATE changed SET changes = changes + 1")  # who has added up, does it anew
        for _ in orphans.swept(self._work):
            yield len(calls)
        self._connection.execute("UPDATE forgotten SET name = NULL WHERE pseudonym = ?", (self.pseudonym,))
        yield len(calls)
        for _ in finished(self._work):
            yield len(calls)

    def _begun(self) -> str:
        """The name that takes the place of the person's."""
        with transaction(self._connection) as connection:
            begun = "SELECT pseudonym FROM forgotten WHERE name = ?"
            if row := connection.execute(begun, (self._user,)).fetchone():  # it was broken off
                return row["pseudonym"]
            pseudonym = f"forgotten-{secrets.token_hex(4)}"
            row = {"pseudonym": pseudonym, "name": self._user, "begun_at": now()}
            sqlite.insert(connection, "forgotten", row)
            return pseudonym

    def _drop_calls(self, connection: Connection, ids: Sequence[str]) -> None:
        unindexed(connection, ids)
        about = {"ids": json.dumps(ids), "pseudonym": self.pseudonym, "now": now()}
        for statement in _CALLS:
            connection.execute(statement, about)
        for id in ids:
            indexed(connection, id)  # those of checks, under the new name
        caught_up(connection)

    def _drop_conversations(self, connection: Connection, ids: Sequence[str]) -> None:
        for statement in _CONVERSATIONS:
            connection.execute(statement, {"ids": json.dumps(ids), "pseudonym": self.pseudonym})


def unfinished(connection: Connection) -> bool:
    """Whether somebody's text is out of all tables, and may still be in the file."""
    row = connection.execute("SELECT 1 FROM forgotten WHERE name IS NULL AND ended_at IS NULL").fetchone()
    return row is not None


def finished(work: Pieces) -> Iterator[None]:
    """Write the database anew, so that nothing is left in what is free of it. Raises StoreError."""
    yield from compacted(work)
    over = "UPDATE forgotten SET ended_at = ? WHERE name IS NULL AND ended_at IS NULL"
    work.connection.execute(over, (now(),))


def summed(connection: Connection) -> list[str]:
    """The tables of sums that tell people apart: all others with a `user` that are not in `NAMED`."""
    rows = connection.execute(
        "SELECT tables.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns"
        " WHERE tables.type = 'table' AND columns.name = 'user' ORDER BY 1"
    )
    return [name for (name,) in rows if name not in NAMED]


def _moved(connection: Connection, table: str, about: dict[str, str]) -> None:
    """Sums of a person under the other name, added to those that are there."""
    columns = connection.execute("SELECT name, pk FROM pragma_table_info(?)", (table,)).fetchall()
    names = ", ".join(row["name"] for row in columns)
    values = ", ".join(":pseudonym" if row["name"] == "user" else row["name"] for row in columns)
    added = [row["name"] for row in columns if not row["pk"]]
    sums = ", ".join(f"{name} = {name} + excluded.{name}" for name in added)
    if not table.endswith("_daily"):  # a table of days follows its own
        connection.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE user = :user"
            f" ON CONFLICT DO UPDATE SET {sums}",
            about,
        )
    connection.execute(f"DELETE FROM {table} WHERE user = :user", about)
