"""The tables, as append-only migrations: a published one is never edited.

Text is stored once, in `texts`, and named by number: `system_id`, `content_id` and so on. Times are
UTC, ISO 8601. Money is in picodollars (10**-12 US dollars).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from lab.errors import StoreError
from lab.store import flags, liveness, spool, sqlite
from lab.store.backup import back_up
from lab.store.sqlite import Connection, transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x50524C42
""""PRLB": marks the file as the lab's."""

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


MIGRATIONS: tuple[Migration, ...] = (
    first, second, third, fourth, fifth, cache_misses, spool.create, refusals, flags.create, resends,
)  # fmt: skip


def prepare(connection: Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring a file to the newest schema, in one transaction: all of it or nothing. Safe when many
    processes start at once. A file of an older lab is copied first, to `<file>.backup-<its schema>`.

    Raises StoreError for another program's or a newer lab's database.
    """
    newest, path = len(migrations), sqlite.file(connection)
    if _schema(connection, newest) == newest:
        return
    sqlite_utils = _sqlite_utils()
    with liveness.held(liveness.folder(path) / "schema"):
        if 0 < (old := _schema(connection, newest)) < newest:
            back_up(connection, path, old)
        connection.execute("PRAGMA journal_mode = WAL")
        with transaction(connection):
            db = sqlite_utils.Database(connection, execute_plugins=False)
            for number in range(_schema(connection, newest), newest):
                migrations[number](db)
                connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _sqlite_utils() -> Any:
    """sqlite-utils, without the pandas (85 MB) that it loads where it can, and has no use for here."""
    absent = "pandas" not in sys.modules
    if absent:
        sys.modules["pandas"] = None  # as Python has it: this import fails
    try:
        import sqlite_utils
    finally:
        if absent:
            del sys.modules["pandas"]
    return sqlite_utils


def _schema(connection: Connection, newest: int) -> int:
    """How many migrations the file has had. One statement, so that another process's cannot fall between."""
    version, owner, tables = connection.execute(
        "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master)"
        " FROM pragma_user_version, pragma_application_id"
    ).fetchone()
    path = sqlite.file(connection)
    if owner != APPLICATION_ID and (owner or version or tables):
        raise StoreError(f"{path} is the database of another program. Name another file with LAB_DB.")
    if version > newest:
        raise StoreError(
            f"{path} was made by a newer lab (schema {version}, this lab knows {newest}). "
            "Upgrade this lab, or name another file with LAB_DB."
        )
    return version
