"""The tables, as append-only migrations: a published one is never edited.

Text is stored once, in `texts`, and named by number: `system_id`, `content_id` and so on. Times are
UTC, ISO 8601. Money is in picodollars (10**-12 US dollars).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lab.store import (
    alerting,
    batching,
    branches,
    budgets,
    cases,
    counting,
    daily,
    flags,
    forgetting,
    indexing,
    kinds,
    pauses,
    pruning,
    recounting,
    spenders,
    spool,
    talks,
    views,
)  # fmt: skip
from lab.store.comparisons import create as comparisons
from lab.store.reviews import create as reviews

if TYPE_CHECKING:
    from sqlite_utils import Database

USAGE = {
    "input_tokens": int,
    "output_tokens": int,
    "cache_creation_input_tokens": int,
    "cache_read_input_tokens": int,
    "ephemeral_5m_input_tokens": int,
    "ephemeral_1h_input_tokens": int,
    "thinking_tokens": int,
    "web_search_requests": int,
    "service_tier": str,
    "speed": str,
    "inference_geo": str,
}

COST = {"cost": int, "cost_floor": int, "cost_upper": int, "cost_basis": str}

Migration = Callable[["Database"], None]


def first(db: Database) -> None:
    """Texts, conversations and their messages, calls and their attempts, ratings."""
    db["texts"].create(
        {"id": int, "hash": bytes, "body": str}, pk="id", not_null={"hash", "body"}, strict=True
    )
    db["texts"].create_index(["hash"], unique=True)
    db["conversations"].create(
        {"id": str, "user": str, "title": str, "created_at": str, "updated_at": str},
        pk="id",
        not_null={"user", "title", "created_at", "updated_at"},
        strict=True,
    )
    db["conversations"].create_index(["user", "updated_at"])
    _calls(db)
    _attempts(db)
    db["messages"].create(
        {
            "id": int,
            "conversation_id": str,
            "call_id": str,
            "role": str,
            "content_id": int,
            "created_at": str,
        },
        pk="id",
        not_null={"conversation_id", "call_id", "role", "content_id", "created_at"},
        foreign_keys=[("conversation_id", "conversations"), ("call_id", "calls"), ("content_id", "texts")],
        strict=True,
    )
    db["messages"].create_index(["conversation_id", "id"])
    db["ratings"].create(
        {"id": int, "call_id": str, "user": str, "value": int, "note": str, "created_at": str},
        pk="id",
        not_null={"call_id", "user", "value", "created_at"},
        foreign_keys=[("call_id", "calls")],
        strict=True,
    )
    db["ratings"].create_index(["call_id", "user"], unique=True)


def _calls(db: Database) -> None:
    who = {"id": str, "process": str, "started_at": str, "ended_at": str, "user": str, "origin": str}
    why = {"conversation_id": str, "prompt": str, "version": int, "run_id": str, "case_id": str}
    asked = {"endpoint": str, "source": str, "model": str, "max_tokens": int}
    asked |= {"system_id": int, "message_ids": str, "options_id": int}
    outcome = {"state": str, "stop_reason": str, "stop_sequence": str, "stop_details": str}
    outcome |= {"answered_by": str, "answer_id": int, "partial": str, "message_id": str, "request_id": str}
    outcome |= {"error_type": str, "error": str}
    timing = {"waited_ms": float, "headers_ms": float, "first_token_ms": float, "total_ms": float}
    db["calls"].create(
        who | why | asked | outcome | USAGE | COST | {"price_id": int} | timing,
        pk="id",
        not_null={"process", "started_at", "user", "origin", "state"}
        | {"endpoint", "source", "model", "max_tokens"},
        foreign_keys=[
            ("conversation_id", "conversations"),
            ("system_id", "texts"),
            ("options_id", "texts"),
            ("answer_id", "texts"),
            ("price_id", "texts"),
        ],
        strict=True,
    )
    db["calls"].create_index(["user", "id"])
    db["calls"].create_index(["conversation_id", "id"])
    db.execute("CREATE INDEX calls_open ON calls (process) WHERE state IN ('started', 'streaming')")


def _attempts(db: Database) -> None:
    db["attempts"].create(
        {"call_id": str, "number": int, "started_at": str, "ended_at": str, "state": str}
        | {"status": int, "request_id": str, "retry_after": float, "error_type": str, "error": str}
        | {"total_ms": float}
        | USAGE
        | COST,
        pk=("call_id", "number"),
        not_null={"started_at", "state", "cost_basis"},
        foreign_keys=[("call_id", "calls")],
        strict=True,
    )


def second(db: Database) -> None:
    """Runs of checks and their results."""
    db["runs"].create(
        {"id": str, "process": str, "started_at": str, "ended_at": str, "user": str, "dataset": str}
        | {"settings_id": int, "state": str, "summary": str},
        pk="id",
        not_null={"process", "started_at", "user", "dataset", "settings_id", "state"},
        foreign_keys=[("settings_id", "texts")],
        strict=True,
    )
    db["runs"].create_index(["user", "id"])
    db.execute("CREATE INDEX runs_open ON runs (process) WHERE state = 'running'")
    db["results"].create(
        {"run_id": str, "case_id": str, "variant": str, "repeat": int, "call_id": str}
        | {"state": str, "passed": int, "grades": str},
        pk=("run_id", "case_id", "variant", "repeat"),
        not_null={"call_id", "state", "grades"},
        foreign_keys=[("run_id", "runs"), ("call_id", "calls")],
        strict=True,
    )


def third(db: Database) -> None:
    """What finds calls in a long log: by any of their properties, by their run, and which models and prompts
    there are."""
    db["calls"].create_index(
        ["id", "user", "origin", "source", "model", "prompt", "version", "state", "stop_reason"],
        index_name="calls_wanted",
    )
    db["calls"].create_index(["model"])
    db.execute("CREATE INDEX calls_prompted ON calls (prompt, version) WHERE prompt IS NOT NULL")
    db.execute("CREATE INDEX calls_run ON calls (run_id) WHERE run_id IS NOT NULL")


def fourth(db: Database) -> None:
    """What people typed into a prompt's form and have not saved."""
    db["drafts"].create(
        {"user": str, "id": str, "prompt": str, "version": int, "based_on": int}
        | {"form": str, "updated_at": str},
        pk=("user", "id"),
        not_null={"prompt", "version", "based_on", "form", "updated_at"},
        strict=True,
    )


def fifth(db: Database) -> None:
    """Whether a call's last attempt opened a connection, and how long it took to have one."""
    db["calls"].add_column("connection", str)
    db["calls"].add_column("connect_ms", float)


def cache_misses(db: Database) -> None:
    """Why the API could not read more from its cache, as JSON in its own words."""
    db["calls"].add_column("cache_miss", str)


def refusals(db: Database) -> None:
    """Which answers that ended normally begin as a refusal does."""
    db["calls"].add_column("refused_in_words", int)
    db.execute("CREATE INDEX calls_refused_in_words ON calls (id) WHERE refused_in_words")


def resends(db: Database) -> None:
    """Which calls were sent again, and as which."""
    db["calls"].add_column("resent_as", str)
    db.execute("CREATE INDEX calls_unknown ON calls (id) WHERE state = 'unknown'")


def scores(db: Database) -> None:
    """What graders that measure gave an answer, from 0 to 1, and which answers were asked for alike."""
    db["results"].add_column("score", float)
    db["calls"].add_column("key", str)
    db.execute("CREATE INDEX calls_key ON calls (key) WHERE key IS NOT NULL")


def trials(db: Database) -> None:
    """Which of a run's answers a call is for, and when an interrupted run was last gone on with."""
    db["calls"].add_column("variant", str)
    db["calls"].add_column("repeat", int)
    db["runs"].add_column("resumed_at", str)


def rules(db: Database) -> None:
    """Which model a call was meant for, where a rule of routing sent it to another, and that rule's name."""
    db["calls"].add_column("meant_model", str)
    db["calls"].add_column("rule", str)


def turns(db: Database) -> None:
    """Conversations that have branches, and that are found by their words."""
    branches.create(db)
    words = """
        SELECT messages.id, CASE json_type(body) WHEN 'text' THEN body ->> '$'
            ELSE (SELECT group_concat(value ->> '$.text', ' ') FROM json_each(body)
                WHERE value ->> '$.type' = 'text') END AS words
        FROM messages JOIN texts ON texts.id = content_id
    """
    db.execute("CREATE VIRTUAL TABLE spoken USING fts5(words, tokenize = 'unicode61 remove_diacritics 2')")
    db.execute(f"INSERT INTO spoken (rowid, words) SELECT * FROM ({words}) WHERE words != ''")


MIGRATIONS: tuple[Migration, ...] = (
    first, second, third, fourth, fifth, cache_misses, spool.create, refusals, flags.create, resends, scores,
    cases.create, trials, budgets.create, rules, comparisons, turns, pauses.create,
    indexing.create, counting.create, spenders.create, indexing.fill, pruning.create, daily.create,
    alerting.create, forgetting.create, views.create, kinds.create, talks.create, reviews, batching.create,
    recounting.create, views.shared, kinds.wider,
)  # fmt: skip
