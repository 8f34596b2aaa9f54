"""Old calls, taken away for good with what belongs to them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lab.store import orphans
from lab.store.indexing import unindexed
from lab.store.pieces import Pieces
from lab.store.sqlite import Connection
from lab.store.wanted import first_id

if TYPE_CHECKING:
    from sqlite_utils import Database

_STAYS = {
    "whose outcome is not known": "state IN ('started', 'streaming', 'unknown')"
    " OR EXISTS (SELECT 1 FROM temp.resent WHERE id = calls.id)",
    "that are flagged, or were": "EXISTS (SELECT 1 FROM flags WHERE call_id = calls.id)",
    "of checks whose runs are kept": "EXISTS (SELECT 1 FROM runs WHERE id = run_id)"
    " OR EXISTS (SELECT 1 FROM results WHERE call_id = calls.id)",
    "that people reviewed": "EXISTS (SELECT 1 FROM reviews WHERE call_id = calls.id)",
    "that became cases of a dataset": "EXISTS (SELECT 1 FROM temp.kept WHERE id = calls.id)",
}
"""Why an old call stays for its own sake."""
OTHERS = "of conversations that are still in use, or have pinned turns"
_HELD = " OR ".join(_STAYS.values())
_USED = f"""
    EXISTS (SELECT 1 FROM turns JOIN calls ON calls.id = call_id
        WHERE turns.conversation_id = conversations.id AND (pinned OR calls.id >= :first OR {_HELD}))
"""
_TURN = """
    EXISTS (SELECT 1 FROM turns WHERE call_id = calls.id
        AND conversation_id NOT IN (SELECT id FROM temp.gone_conversations))
"""
_THESE = "IN (SELECT value FROM json_each(:ids))"
_COMPARISON = f"(SELECT comparison_id FROM conversations WHERE comparison_id NOT NULL AND id {_THESE})"
_CONVERSATION = (
    f"DELETE FROM turns WHERE conversation_id {_THESE}",
    f"DELETE FROM messages WHERE conversation_id {_THESE}",
    f"DELETE FROM comparison_cells WHERE comparison_id IN {_COMPARISON}",
    f"DELETE FROM comparison_turns WHERE comparison_id IN {_COMPARISON}",
    f"DELETE FROM comparisons WHERE id IN {_COMPARISON}",
    f"DELETE FROM conversations WHERE id {_THESE}",
)
_CALL = (
    f"DELETE FROM calls WHERE id {_THESE}",  # first: what is rated of a call that is gone stays counted
    f"DELETE FROM attempts WHERE call_id {_THESE}",
    f"DELETE FROM ratings WHERE call_id {_THESE}",
    f"DELETE FROM votes WHERE call_id {_THESE}",
    f"DELETE FROM votes WHERE other_id {_THESE}",
)


def create(db: Database) -> None:
    """What finds the rows that refer to a call."""
    db["results"].create_index(["call_id"])
    db["votes"].create_index(["other_id"])


@dataclass(frozen=True)
class Plan:
    """How many `calls`, `conversations` and `texts` of `bytes` in all go; which old calls `stay`, by why."""

    calls: int
    conversations: int
    texts: int
    bytes: int
    stay: Mapping[str, int]


class Pruning:
    """Calls that were made before a time. A conversation goes as a whole, when its last turn is as old, and a
    comparison as well. `cases`: calls that stay, because cases were made of them. Sums that are kept stay.
    """

    def __init__(self, work: Pieces, before: datetime, cases: Collection[str]) -> None:
        self._work, self._connection = work, work.connection
        day = before.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._about = {"first": first_id(before), "before": day}
        orphans.going(self._connection)
        for table, rows in (("kept", [(each,) for each in cases]), ("resent", self._resent())):
            self._connection.execute(f"CREATE TEMP TABLE {table} (id TEXT PRIMARY KEY) WITHOUT ROWID")
            self._connection.executemany(f"INSERT OR IGNORE INTO temp.{table} VALUES (?)", rows)
        self._conversations = self._going()
        self.gone = Counter(conversations=0, calls=0, texts=0)

    def _resent(self) -> list[Sequence[str]]:
        """By what is known of these, calls of unknown outcome are not sent a third time."""
        return self._connection.execute(
            "SELECT resent_as FROM calls WHERE state = 'unknown' AND resent_as NOT NULL"
        ).fetchall()

    def _going(self) -> list[list[str]]:
        """What goes is noted; gives the conversations, those of a comparison together."""
        rows = self._connection.execute(
            "SELECT json_group_array(id) FROM conversations GROUP BY coalesce(comparison_id, id)"
            f" HAVING max(updated_at) < :before AND NOT max({_USED})",
            self._about,
        )
        groups = [json.loads(ids) for (ids,) in rows]
        self._connection.executemany(
            "INSERT INTO temp.gone_conversations VALUES (?)", [(id,) for group in groups for id in group]
        )
        self._connection.execute(
            "INSERT INTO temp.gone_calls SELECT id FROM calls"
            f" WHERE id < :first AND NOT ({_HELD}) AND NOT {_TURN}",
            self._about,
        )
        return groups

    def plan(self) -> Plan:
        """What would go. It reads all that there is."""
        found = orphans.orphans(self._connection)
        (calls,) = self._connection.execute("SELECT count(*) FROM temp.gone_calls").fetchone()
        cases = " ".join(f"WHEN {condition} THEN '{why}'" for why, condition in _STAYS.items())
        rows = self._connection.execute(
            f"SELECT CASE {cases} ELSE '{OTHERS}' END AS why, count(*) FROM calls"
            " WHERE id < :first AND id NOT IN (SELECT id FROM temp.gone_calls) GROUP BY 1 ORDER BY 2 DESC",
            self._about,
        )
        conversations = sum(map(len, self._conversations))
        return Plan(
            calls, conversations, len(found), orphans.size(self._connection, found), dict(map(tuple, rows))
        )

    def go(self) -> Iterator[int]:
        """Take it away, in many steps; `gone` counts it. Whenever that is broken off, the database is whole,
        and the next time goes on."""
        yield from self._work.each(self._conversations, self._drop_conversations)
        ids = [id for (id,) in self._connection.execute("SELECT id FROM temp.gone_calls ORDER BY id")]
        yield from self._work.each(ids, self._drop_calls)
        for done in orphans.swept(self._work):
            self.gone["texts"] = done
            yield done

    def _drop_conversations(self, connection: Connection, groups: Sequence[Sequence[str]]) -> None:
        for group in groups:
            about = self._about | {"ids": json.dumps(group)}
            (used,) = connection.execute(
                f"SELECT coalesce(max(updated_at >= :before OR {_USED}), 1)"
                f" FROM conversations WHERE id {_THESE}",
                about,
            ).fetchone()
            if used:  # since it was planned
                connection.execute(f"DELETE FROM temp.gone_conversations WHERE id {_THESE}", about)
                continue
            calls = connection.execute(f"SELECT call_id FROM turns WHERE conversation_id {_THESE}", about)
            ids = [id for (id,) in calls]
            for statement in _CONVERSATION:
                connection.execute(statement, about)
            self._drop_calls(connection, ids)
            connection.execute(
                f"UPDATE calls SET conversation_id = NULL WHERE conversation_id {_THESE}", about
            )
            self.gone["conversations"] += len(group)

    def _drop_calls(self, connection: Connection, ids: Sequence[str]) -> None:
        """Those of these calls that may still go."""
        about = self._about | {"ids": json.dumps(ids)}
        rows = connection.execute(
            f"SELECT id FROM calls WHERE id {_THESE} AND id < :first AND NOT ({_HELD}) AND NOT {_TURN}", about
        )
        going = [id for (id,) in rows]
        unindexed(connection, going)
        about = {"ids": json.dumps(going)}
        for statement in _CALL:
            connection.execute(statement, about)
        self.gone["calls"] += len(going)
