"""Views for whoever looks at the file with something else: text as text, money in dollars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.store.counted import COLUMNS
from lab.store.sent import LAST

if TYPE_CHECKING:
    from sqlite_utils import Database

_WORDS = """CASE WHEN instr(body, '\\ud') THEN body
    WHEN json_type(body, '{path}') = 'text' THEN body ->> '{path}'
    ELSE (SELECT group_concat(body ->> (fullkey || '.text'), '{between}') FROM json_each(body, '{path}')
        WHERE body ->> (fullkey || '.type') = 'text') END"""
"""The words of a text. Where it has half of a surrogate pair, which is no text, it is as it is kept."""
_SAID = f"SELECT {_WORDS.format(path='$', between='')} FROM texts WHERE texts.id = "
_WHOLE = _WORDS.format(path="$.content", between=" ")
_ASKED_WHOLE = f"SELECT {_WHOLE} FROM texts WHERE texts.id = message_ids ->> '$[#-1]'"
"""As long as a message was a text as a whole."""
_ASKED = f"""SELECT CASE json_type(body) WHEN 'object' THEN {_WHOLE}
    ELSE {_WORDS.format(path="$", between=" ")} END FROM texts WHERE {LAST}"""
_DOLLARS = "cost / 1e12 AS dollars"

CALL_TEXTS = f"""
    CREATE VIEW call_texts AS
    SELECT id AS call_id, started_at, user, origin, {COLUMNS["kind"]} AS kind, prompt, version,
        coalesce(answered_by, model) AS model, state, {_DOLLARS}, ({_SAID} system_id) AS system,
        ({{asked}}) AS question, coalesce(({_SAID} answer_id), partial) AS answer
    FROM calls
"""
CONVERSATION_TURNS = f"""
    CREATE VIEW conversation_turns AS
    SELECT turns.conversation_id, conversations.title, conversations.user, calls.turn AS number,
        calls.id AS call_id, turns.parent_id, turns.pinned, calls.started_at, calls.state, {_DOLLARS},
        ({{asked}}) AS question, ({_SAID} answer_id) AS answer,
        (SELECT sum(value) FROM ratings WHERE ratings.call_id = calls.id) AS rating
    FROM turns JOIN calls ON calls.id = turns.call_id
    JOIN conversations ON conversations.id = turns.conversation_id
"""
DAILY_COSTS = """
    CREATE VIEW daily_costs AS
    SELECT date(slot, 'unixepoch') AS day, kind, model, prompt, version, origin, sum(calls) AS calls,
        sum(cost) / 1e12 AS dollars, sum(estimates) AS estimates, sum(floor) / 1e12 AS estimated_from,
        sum(upper) / 1e12 AS estimated_to, sum(unpriced) AS unpriced,
        sum(input_tokens) AS input_tokens, sum(cache_creation_input_tokens) AS cache_creation_input_tokens,
        sum(cache_read_input_tokens) AS cache_read_input_tokens, sum(output_tokens) AS output_tokens
    FROM rollups JOIN series ON series.id = series_id GROUP BY day, kind, model, prompt, version, origin
"""


def create(db: Database) -> None:
    """The views."""
    for view in (CALL_TEXTS, CONVERSATION_TURNS):
        db.execute(view.format(asked=_ASKED_WHOLE))
    db.execute(DAILY_COSTS)


def shared(db: Database) -> None:
    """The views, now that a message may be kept as what it says."""
    for name, view in (("call_texts", CALL_TEXTS), ("conversation_turns", CONVERSATION_TURNS)):
        db.execute(f"DROP VIEW {name}")
        db.execute(view.format(asked=_ASKED))
