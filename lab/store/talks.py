"""Conversations as the log lists them, with what their calls add up to, and one of them turn by turn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lab.errors import BadInput
from lab.spent import Spent
from lab.store.branches import tree
from lab.store.conversations import plain_text
from lab.store.listing import WORDS, listed
from lab.store.searching import FOUND, conversations_of
from lab.store.sqlite import Connection, explained, stored
from lab.types import Principal

if TYPE_CHECKING:
    from sqlite_utils import Database

_THERE = "comparison_id IS NULL AND title != ''"
"""Something was said in it; those of comparisons are looked at there."""
_LISTED = """
    SELECT conversations.id, title, conversations.user, created_at, updated_at, forked_from,
        head.turn AS turns, head.state, head.stop_reason, head.stop_sequence, head.refused_in_words
    FROM {source} LEFT JOIN calls AS head ON head.id = head_id
    WHERE {held} ORDER BY updated_at {way}, conversations.id {way} LIMIT :limit
"""
_COUNTS = ("asked", "followed", "thumbs_up", "thumbs_down")
_SPENT = ("calls", "cost", "estimates", "floor", "upper", "unpriced")
_SUMS = f"""
    SELECT calls.conversation_id AS id, counted.kind,
        {", ".join(f"sum(counted.{name}) AS {name}" for name in (*_COUNTS, *_SPENT))}
    FROM json_each(?) CROSS JOIN calls ON calls.conversation_id = value
    CROSS JOIN counted ON counted.id = calls.id GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Sought:
    """Which conversations: a person's, last gone on with in a time (`until` not in it), that say words."""

    user: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str | None = None

    @property
    def anything(self) -> bool:
        return self == Sought()


@dataclass(frozen=True)
class Dialogues:
    """A page of conversations, the one that was gone on with last first.

    `older` is what `behind` is for the page behind them, None on the last; `newer` what `front` is for the
    page in front of them, None on the first. `most`: more say the words than are looked at.
    """

    found: tuple[dict[str, Any], ...]
    older: str | None
    newer: str | None
    most: bool = False


def create(db: Database) -> None:
    """What finds the newest conversations of everybody."""
    db.execute(
        "CREATE INDEX conversations_listed ON conversations (updated_at, id) WHERE comparison_id IS NULL"
    )


@explained
def dialogues(
    connection: Connection,
    principal: Principal,
    sought: Sought,
    size: int,
    behind: str | None = None,
    front: str | None = None,
) -> Dialogues:
    """So many conversations that the person may see: those behind a place, or behind one by its id, or those
    in front of a place, else the first. Where there are too few in front, the first are it.

    Each has `id`, `title`, `user`, `created_at`, `updated_at` and `forked_from`; of the last call that it
    shows `state`, `stop_reason` and its like, and `turns`, its place (None: not known). Of all its own calls
    that ended: `asked`, how many were answered; `followed`, after how many of these another question came;
    `thumbs_up` and `thumbs_down` of anybody; `spent`, by kind. A fork's first turns are the other's calls.

    Raises BadInput where words are sought, and this database keeps no index, and for an id that there is not.
    """
    if behind is not None and " " not in behind:
        behind = _place_of(connection, principal, behind)
    saying = None
    if sought.words is not None:
        saying = conversations_of(connection, principal, sought.words, sought.user, _span(sought))
    most = saying is not None and len(saying) == FOUND
    if front is not None:
        rows = _rows(connection, principal, sought, saying, size + 1, front, back=True)
        if len(rows) > size:
            rows = rows[:size][::-1]
            return Dialogues(_told(connection, rows), _place(rows[-1]), _place(rows[0]), most)
    rows = _rows(connection, principal, sought, saying, size + 1, None if front else behind)
    older = _place(rows[size - 1]) if len(rows) > size else None
    newer = _place(rows[0]) if behind and not front and rows else None
    return Dialogues(_told(connection, rows[:size]), older, newer, most)


def _rows(
    connection: Connection,
    principal: Principal,
    sought: Sought,
    saying: Sequence[str] | None,
    limit: int,
    at: str | None,
    back: bool = False,
) -> list[Any]:
    """In the order of an index; of those that say something, which are few, put in order."""
    since, until = _span(sought)
    time, _, id = (at or "").partition(" ")
    values = {"me": principal.user, "user": sought.user, "since": since, "until": until, "limit": limit}
    values |= {"time": time, "id": id, "saying": json.dumps(saying)}
    conditions = {
        _THERE: True,
        "conversations.user = :me": principal.role != "admin",
        "conversations.user = :user": sought.user is not None,
        "updated_at >= :since": sought.since,
        "updated_at < :until": sought.until,
        f"(updated_at, conversations.id) {'>' if back else '<'} (:time, :id)": at,
    }
    source = "conversations"
    if saying is not None:
        source = "json_each(:saying) CROSS JOIN conversations ON conversations.id = value"
    held = " AND ".join(condition for condition, wanted in conditions.items() if wanted)
    query = _LISTED.format(source=source, held=held, way="ASC" if back else "DESC")
    return connection.execute(query, values).fetchall()


def _span(sought: Sought) -> tuple[str, str]:
    """As times stand in the tables; no end on a side is before, or after, all of them."""
    return stored(sought.since) if sought.since else "", stored(sought.until) if sought.until else "~"


def _place_of(connection: Connection, principal: Principal, id: str) -> str:
    """Where a conversation stands in the list."""
    row = connection.execute("SELECT id, user, updated_at FROM conversations WHERE id = ?", (id,)).fetchone()
    if row is None or (row["user"] != principal.user and principal.role != "admin"):
        raise BadInput(f"There is no conversation '{id}'. `lab logs conversations` lists them.")
    return _place(row)


def _place(row: Any) -> str:
    return f"{row['updated_at']} {row['id']}"


def _told(connection: Connection, rows: Sequence[Any]) -> tuple[dict[str, Any], ...]:
    """The same with what the calls of each add up to."""
    found = {row["id"]: dict(row) | dict.fromkeys(_COUNTS, 0) | {"spent": dict[str, Spent]()} for row in rows}
    for row in connection.execute(_SUMS, (json.dumps([*found]),)):
        one = found[row["id"]]
        one |= {name: one[name] + row[name] for name in _COUNTS}
        one["spent"][row["kind"]] = Spent(**{name: row[name] for name in _SPENT})
    return tuple(found.values())


@explained
def dialogue(
    connection: Connection, principal: Principal, id: str, limit: int, upto: int | None = None
) -> dict[str, Any]:
    """One conversation as `dialogues` gives it, with its last `turns_shown`, or the last up to the turn
    `upto`, at most so many, oldest first, and `turns_in_all`.

    A turn is its `number`, the `call` that the conversation shows there, and `others` in its place. A call is
    as in `page`, with the first words of its `answer`, which has so many `answer_letters`, and what anybody
    rated it, `thumbs_up`, `thumbs_down`.
    Raises BadInput when there is none by that name that the person may see.
    """
    rows = connection.execute(
        _LISTED.format(source="conversations", held="conversations.id = :id", way="DESC"),
        {"id": id, "limit": 1},
    ).fetchall()
    if not rows or (rows[0]["user"] != principal.user and principal.role != "admin"):
        raise BadInput(f"There is no conversation '{id}'. `lab logs conversations` lists them.")
    grown = tree(connection, id)
    whole = grown.path()
    path = whole[: max(upto, 1)] if upto else whole
    first = max(len(path) - limit, 0)
    places = [grown.alternatives(call) for call in path[first:]]
    calls = _calls(connection, [call for place in places for call in place])
    turns = [
        {
            "number": first + number,
            "call": calls[call],
            "others": [calls[other] for other in place if other != call],
        }
        for number, (call, place) in enumerate(zip(path[first:], places, strict=True), 1)
    ]
    return _told(connection, rows)[0] | {"turns_shown": turns, "turns_in_all": len(whole)}


def _calls(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    answers = connection.execute(
        "SELECT calls.id, body, partial, count(iif(ratings.value > 0, 1, NULL)) AS up,"
        " count(iif(ratings.value < 0, 1, NULL)) AS down FROM json_each(?) AS at"
        " CROSS JOIN calls ON calls.id = at.value LEFT JOIN texts ON texts.id = answer_id"
        " LEFT JOIN ratings ON call_id = calls.id GROUP BY calls.id",
        (json.dumps(ids),),
    )
    said = {}
    for row in answers:
        text = plain_text(json.loads(row["body"])) if row["body"] else row["partial"] or ""
        words = " ".join(text.split())
        about = {"answer": words[:WORDS], "answer_letters": len(words)}
        said[row["id"]] = about | {"thumbs_up": row["up"], "thumbs_down": row["down"]}
    return {call["id"]: call | said[call["id"]] for call in listed(connection, [*ids])}
