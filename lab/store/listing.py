"""The log as a list: a page of it, and what can be chosen from to sift it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from lab import figures
from lab.store.paging import Order, ids
from lab.store.searching import calls_saying, searchable
from lab.store.sent import CONTENT
from lab.store.sqlite import Connection, explained
from lab.store.wanted import Wanted, sifted
from lab.types import Principal

LISTED = """
    id, started_at, user, origin, source, endpoint, conversation_id, prompt, version, model, answered_by,
    state, stop_reason, stop_sequence, refused_in_words, error_type, error, input_tokens,
    cache_creation_input_tokens, cache_read_input_tokens, output_tokens, cost, cost_floor, cost_upper,
    cost_basis, waited_ms, first_token_ms, total_ms
"""

ANY = Wanted()

WORDS = 200
"""Characters of a question in a page of calls."""
RANK = "rank"
"""The order of calls that are sought by words: those that say them most first, of these the BEST."""
BEST = 500
NAMES = 500
"""Users that are offered to choose from, at most."""

_TEXT = f"""(
    SELECT CASE json_type(content)
        WHEN 'text' THEN content ->> '$'
        ELSE (
            SELECT group_concat(content ->> (fullkey || '.text'), ' ')
            FROM json_each(content) WHERE content ->> (fullkey || '.type') = 'text'
        ) END
    FROM (SELECT {CONTENT} AS content)
)"""


@dataclass(frozen=True)
class Page:
    """Calls in the order that was asked for.

    `older` is what `before` is for the page behind them, None on the last; `newer` what `after` is for the
    page in front of them, None on the first. By whatever calls are put in order, these go on behind this one,
    and stop in front of it.
    """

    calls: tuple[dict[str, Any], ...]
    older: str | None
    newer: str | None


@explained
def page(
    connection: Connection,
    principal: Principal,
    wanted: Wanted,
    size: int,
    before: str | None = None,
    after: str | None = None,
    order: str = "newest",
) -> Page:
    """So many of the wanted calls that the person may see, in one of ORDERS, or by RANK: those behind the
    call `before`, or those in front of `after`, else the first. Where there are too few in front, the first
    are it.

    Each is as in `calls`, with `tries`, the number of its attempts; `question` is only the first words,
    in one line and without a tag round all of them, and `letters` how many characters the whole of it has.
    Raises BadInput where the order is not by time, and there is no call of that id.
    """
    if order == RANK:
        return _best(connection, principal, wanted, size, before, after)
    if after is not None:
        found = _ids(connection, principal, wanted, Order(order, back=True, at=after), size + 1)
        if len(found) > size:
            return Page(listed(connection, found[:size][::-1]), found[0], found[size - 1])
    found = _ids(connection, principal, wanted, Order(order, at=None if after else before), size + 1)
    older = found[size - 1] if len(found) > size else None
    return Page(listed(connection, found[:size]), older, found[0] if before and not after and found else None)


def _ids(connection: Connection, principal: Principal, wanted: Wanted, order: Order, limit: int) -> list[str]:
    """What is found by its words comes in the order of the index that holds them, where that is by time."""
    if wanted.words is None:
        return ids(connection, sifted(principal, wanted), order, limit)
    if order.by != "id":
        searchable(connection)
        return ids(connection, sifted(principal, wanted), order, limit)
    others = replace(wanted, words=None)
    return calls_saying(connection, principal, others, wanted.words, limit, order.at, back=not order.down)


def _best(
    connection: Connection,
    principal: Principal,
    wanted: Wanted,
    size: int,
    before: str | None,
    after: str | None,
) -> Page:
    """A page of the BEST that say the words most."""
    others, words = replace(wanted, words=None), wanted.words or ""
    found = calls_saying(connection, principal, others, words, BEST, ranked=True)
    start = found.index(before) + 1 if before in found else 0
    start = max(found.index(after) - size, 0) if after in found else start
    shown = found[start : start + size]
    older = shown[-1] if len(found) > start + size else None
    return Page(listed(connection, shown), older, shown[0] if start else None)


def listed(connection: Connection, ids: list[str]) -> tuple[dict[str, Any], ...]:
    """These calls in their order, each as `page` gives it."""
    rows = connection.execute(
        f"SELECT {LISTED}, CAST({_TEXT} AS BLOB) AS question,"
        " (SELECT count(*) FROM attempts WHERE call_id = calls.id) AS tries"
        " FROM (SELECT key AS place, value AS listed FROM json_each(?)) CROSS JOIN calls ON id = listed"
        " ORDER BY place",
        (json.dumps(ids),),
    )
    return tuple(dict(row) | _begun(row["question"]) for row in rows)


@explained
def calls(
    connection: Connection,
    principal: Principal,
    limit: int,
    before: str | None = None,
    wanted: Wanted = ANY,
    order: str = "newest",
) -> list[dict[str, Any]]:
    """So many of the wanted calls that the person may see, in one of ORDERS; those behind the call `before`
    for more. `question` is the content of the last message that was sent. Raises BadInput as `page` does."""
    if order == RANK:
        found = [call["id"] for call in _best(connection, principal, wanted, limit, before, None).calls]
    else:
        found = _ids(connection, principal, wanted, Order(order, at=before), limit)
    rows = connection.execute(
        f"SELECT {LISTED},"
        f" {CONTENT} AS question"
        " FROM (SELECT key AS place, value AS listed FROM json_each(?)) CROSS JOIN calls ON id = listed"
        " ORDER BY place",
        (json.dumps(found),),
    )
    return [dict(row) | {"question": json.loads(row["question"] or "null")} for row in rows]


def _begun(text: bytes | None) -> dict[str, Any]:
    """The first words of a question, and how long it is. A model or a person may send half of a surrogate
    pair, which SQLite gives back as it is."""
    if text is None:
        return {"question": None, "letters": 0}
    whole = " ".join(figures.inside(text.decode("utf-8", "replace")).split())
    return {"question": whole[:WORDS], "letters": len(whole)}


@explained
def names_asked(connection: Connection, what: str) -> list[str]:
    """Every `model`, or every `endpoint`, in the log, by name."""
    rows = connection.execute(f"SELECT DISTINCT {what} AS name FROM kinds ORDER BY 1")
    return [row["name"] for row in rows]


@explained
def prompts_asked(connection: Connection) -> list[str]:
    """Every prompt in the log and each of its versions, as `support`, `support@2`, `support@1`."""
    rows = connection.execute(
        "SELECT DISTINCT prompt, version FROM kinds WHERE prompt IS NOT NULL ORDER BY 1, 2 DESC"
    ).fetchall()
    found: dict[str, list[str]] = {}
    for row in rows:
        versions = found.setdefault(row["prompt"], [row["prompt"]])
        if row["version"] is not None:
            versions.append(f"{row['prompt']}@{row['version']}")
    return [each for versions in found.values() for each in versions]


@explained
def users_asked(connection: Connection) -> list[str]:
    """Everybody in the log, by name. One look into an index for each, however long the log is."""
    least = "SELECT min(user) FROM calls"
    rows = connection.execute(
        f"WITH RECURSIVE each(value) AS ({least} UNION ALL SELECT ({least} WHERE user > value) FROM each"
        " WHERE value IS NOT NULL) SELECT value FROM each WHERE value IS NOT NULL LIMIT ?",
        (NAMES,),
    )
    return [row["value"] for row in rows]
