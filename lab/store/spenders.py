"""What each conversation and each run of a check cost: sums that are kept with every write, as others are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lab.spent import Spent
from lab.store.counted import COLUMNS, ENDED
from lab.store.counting import USERS
from lab.store.days import Day
from lab.store.sqlite import Connection, explained
from lab.types import Principal

if TYPE_CHECKING:
    from sqlite_utils import Database

WHAT = {"conversation": "conversation_id", "run": "run_id"}
"""What is added up, and the column of `calls` that names it."""
_SUMS = {
    **USERS,
    "cost_prompt": "NEW.cost_input + NEW.cost_cache_write + NEW.cost_cache_read",
    "cost_uncached": "NEW.cost_uncached",
}
_SPENT = {name: name for name in ("calls", "cost", "estimates", "floor", "upper", "unpriced")} | {
    "input_tokens": "tokens_in",
    "output_tokens": "tokens_out",
    "cost_input": "cost_prompt",
    **{name: name for name in ("cost_uncached", "wasted_floor", "wasted_upper")},
}
"""The fields of `Spent` that are known of them, and the sums."""
_DEAREST = "ORDER BY sum(cost + upper) DESC, id"
_KEY = ("what", "slot", "id", "user", "kind")


def create(db: Database) -> None:
    """The table, what it holds of the calls there are, and the trigger."""
    columns = ", ".join(f"{name} INTEGER NOT NULL" for name in _SUMS)
    db.execute(
        "CREATE TABLE spenders (what TEXT, slot INTEGER, id TEXT, user TEXT, kind TEXT,"
        f" {columns}, PRIMARY KEY ({', '.join(_KEY)})) STRICT, WITHOUT ROWID"
    )
    into = f"INSERT INTO spenders ({', '.join((*_KEY, *_SUMS))})"
    added = ", ".join(f"NEW.calls * ({value})" for value in _SUMS.values())
    change = ", ".join(f"{name} = {name} + excluded.{name}" for name in _SUMS)
    put = [
        f"{into} SELECT '{what}', NEW.slot, {column}, NEW.user, NEW.kind, {added} FROM calls"
        f" WHERE id = NEW.id AND {column} NOT NULL ON CONFLICT DO UPDATE SET {change}"
        for what, column in WHAT.items()
    ]
    db.execute(f"CREATE TRIGGER counted_in_spenders INSTEAD OF INSERT ON counted BEGIN {'; '.join(put)}; END")
    for what, column in WHAT.items():
        key = ", ".join(COLUMNS[name] for name in ("user", "kind"))
        each = ", ".join(f"sum({_of_calls(value)})" for value in _SUMS.values())
        db.execute(
            f"{into} SELECT '{what}', {COLUMNS['slot']}, {column}, {key}, {each} FROM calls"
            f" WHERE {ENDED} AND {column} NOT NULL GROUP BY 2, 3, 4, 5"
        )


def _of_calls(value: str) -> str:
    """What is said of a row of `counted`, said of one of `calls`."""
    words = (COLUMNS[word[4:]] if word.startswith("NEW.") else word for word in value.split())
    return " ".join(f"({word})" if word not in "+1" else word for word in words)


@explained
def spenders(
    connection: Connection, principal: Principal, days: Sequence[Day], kind: str, what: str, limit: int = -1
) -> dict[str | None, Spent]:
    """What those of `WHAT` cost in these days that cost most, as many as `limit`, or all. Nothing is told
    apart: `input_tokens` and `cost_input` are all of the prompts."""
    sums = ", ".join(f"sum({each})" for each in _SPENT.values())
    mine = "" if principal.role == "admin" else " AND user = :user"
    those = f"FROM spenders WHERE what = :what AND slot >= :first AND slot < :after AND kind = :kind{mine}"
    # ranking by one sum and adding up the others of those found alone halves the time
    few = f" AND id IN (SELECT id {those} GROUP BY id {_DEAREST} LIMIT :limit)" if limit >= 0 else ""
    rows = connection.execute(
        f"SELECT id, {sums} {those}{few} GROUP BY id HAVING sum(calls) > 0 {_DEAREST}",
        {
            "what": what, "first": int(days[0][1].timestamp()), "after": int(days[-1][2].timestamp()),
            "kind": kind, "user": principal.user, "limit": limit,
        },
    )  # fmt: skip
    return {id: Spent(**dict(zip(_SPENT, each, strict=True))) for id, *each in map(tuple, rows)}
