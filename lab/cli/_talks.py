"""Conversations of the log, for people and for scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lab import clock, figures, talks
from lab.cli._opened import no_calls, principal, settings, store
from lab.cli._out import note, say, say_json
from lab.cli._table import clipped, table
from lab.engine import moment
from lab.errors import BadInput
from lab.gaps import gap
from lab.record import in_dollars
from lab.spent import Spent
from lab.store import Sought, dialogue, dialogues

TITLE = 50
"""Columns of a title."""
WORDS = 60
"""Columns of a question, and of an answer."""
LONGEST = 1000
"""Turns of a conversation; the last ones."""
_SPENT = ("calls", "cost_usd", "estimates", "floor_usd", "upper_usd", "unpriced")

Talk = Mapping[str, Any]


def tell(
    user: str | None,
    since: str | None,
    until: str | None,
    words: str | None,
    before: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List them, the one that was gone on with last first; `before`: those behind this one. Raises
    BadInput."""
    now = clock.now()
    begins, ends = moment(since, now) if since else None, moment(until, now, end=True) if until else None
    sought, chosen, found = Sought(user, begins, ends, words), settings(), ()
    if chosen.db.exists():
        with store(chosen) as database:
            found = dialogues(database.read, principal(chosen), sought, limit, before).found
    if as_json:
        say_json([_record(each) for each in found])
    elif found:
        say(table([_row(each) for each in found]))
    elif before:
        note(f"No conversations behind {before}.")
    elif sought.anything:
        note("There are no conversations yet. Make one: lab ask hello")
    else:
        note("No conversation has all of this. Leave an option away.")


def show(id: str, as_json: bool) -> None:
    """One of them, turn by turn. Raises BadInput where there is none by that name."""
    chosen = settings()
    if not chosen.db.exists():
        raise BadInput(no_calls(chosen.db))
    with store(chosen) as database:
        found = dialogue(database.read, principal(chosen), id, LONGEST)
    if as_json:
        say_json(_record(found) | {"turns_shown": [_turn(turn) for turn in found["turns_shown"]]})
        return
    say(f"{found['title']}\n{_head(found)}\n")
    rows = _turns(found["turns_shown"])
    say(table(rows) if rows else "Nothing was asked in it.")
    note("lab logs show CALL has a call whole.", dim=True)


def _row(each: Talk) -> dict[str, str]:
    return {
        "conversation": each["id"],
        "last activity": figures.local_time(each["updated_at"]),
        "user": each["user"],
        "turns": _count(each["turns"]),
        "follow-ups": _count(each["followed"]),
        "last answer": each["state"] or "–",
        "thumbs": talks.thumbs(each["thumbs_up"], each["thumbs_down"]),
        "cost": talks.costs(each["spent"]),
        "title": clipped(each["title"], TITLE),
    }


def _head(found: Talk) -> str:
    turns = "– turns" if found["turns"] is None else figures.many(found["turns"], "turn")
    parts = [
        f"Conversation {found['id']}",
        found["user"],
        f"{figures.local_time(found['created_at'])} to {figures.local_time(found['updated_at'])}",
        turns,
        figures.many(found["followed"], "follow-up"),
        f"thumbs {talks.thumbs(found['thumbs_up'], found['thumbs_down'])}",
        talks.costs(found["spent"]),
    ]
    return " · ".join(parts)


def _turns(turns: Sequence[Talk]) -> list[dict[str, str]]:
    """A row for each call: of a turn the one that is shown, then those in its place."""
    rows, before = [], None
    for turn in turns:
        for call in (turn["call"], *turn["others"]):
            shown = call is turn["call"]
            rows.append(_call(call, str(turn["number"]) if shown else "other", gap(before, call) * shown))
        before = turn["call"]
    return rows


def _call(call: Talk, turn: str, since: str) -> dict[str, str]:
    return {
        "turn": turn,
        "after": since or "–",
        "call": call["id"],
        "model": call["answered_by"] or call["model"],
        "source": figures.source(call),
        "state": call["state"],
        "first token": figures.seconds(call["first_token_ms"]),
        "total": figures.seconds(call["total_ms"]),
        "cost": figures.cost(call),
        "thumbs": talks.thumbs(call["thumbs_up"], call["thumbs_down"]),
        "question": clipped(call["question"] or "", WORDS, call["letters"]),
        "answer": clipped(call["answer"], WORDS, call["answer_letters"]),
    }


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _record(each: Talk) -> dict[str, Any]:
    """For scripts: money in dollars."""
    kinds: Mapping[str, Spent] = each["spent"]
    costs = {kind: {name: one.record()[name] for name in _SPENT} for kind, one in kinds.items()}
    return dict(each) | {"spent": costs}


def _turn(turn: Talk) -> dict[str, Any]:
    others = [in_dollars(other) for other in turn["others"]]
    return dict(turn) | {"call": in_dollars(turn["call"]), "others": others}
