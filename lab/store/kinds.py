"""Calls that have everything in common that the log is sifted by: what finds a page of them in a long log.

A call that has ended names its kind, and the indexes on `calls` begin with that. However calls are sifted,
those that are wanted are all the calls of some kinds, and the first of each kind, in whatever order, is one
look into an index. Calls under way have no kind yet: they are few, and found by their state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.store.sqlite import Connection
from lab.store.waiting import Waiting

if TYPE_CHECKING:
    from sqlite_utils import Database

COMMON = (
    "origin",
    "source",
    "endpoint",
    "model",
    "prompt",
    "version",
    "state",
    "stop_reason",
    "caching",
    "rated",
)
"""What calls of a kind have in common: columns of `kinds` and of `calls` alike."""
OPEN = "state IN ('started', 'streaming')"
_TOKENS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
KEYS = {
    "cost": "coalesce(cost, cost_upper, -1)",
    "total": "coalesce(total_ms, -1)",
    "first_token": "coalesce(first_token_ms, -1)",
    "tokens": "iif(coalesce(input_tokens, output_tokens) IS NULL, -1, "
    f"{' + '.join(f'coalesce({name}, 0)' for name in _TOKENS)})",
}
"""What calls are put in order by, besides time; -1: not known. Of an estimated cost it is the most."""

_MARK = """instr(body, '"cache_control":{')"""
"""In JSON no text holds a bare quote: this is the field, wherever it stands."""
_VALUES = {name: f"new.{name}" for name in COMMON} | {
    "caching": f"""
        CASE WHEN new.cache_read_input_tokens > 0 THEN 'read'
            WHEN new.cache_creation_input_tokens > 0 THEN 'missed'
            WHEN NOT EXISTS (SELECT 1 FROM texts WHERE id IN (new.options_id, new.system_id) AND {_MARK})
                THEN 'never'
            WHEN new.cache_read_input_tokens = 0 THEN 'missed' END""",
    "rated": """
        (SELECT CASE WHEN min(value) > 0 THEN 'up' WHEN max(value) < 0 THEN 'down' ELSE 'both' END
            FROM ratings WHERE call_id = new.id AND value != 0 HAVING count(*))""",
}
_KEY = f"json_array({', '.join(_VALUES.values())})"
_KNOWN = f"""
    INSERT OR IGNORE INTO kinds (key, {", ".join(COMMON)}) VALUES ({_KEY}, {", ".join(_VALUES.values())});
    UPDATE calls SET (kind, caching, rated) = (SELECT id, caching, rated FROM kinds WHERE key = {_KEY})
        WHERE rowid = new.rowid;
"""
_OF_CALLS = {name: value.replace("new.", "calls.") for name, value in _VALUES.items()}
_SOME = f"rowid > :first AND rowid <= :last AND NOT {OPEN}"
_FOUND = (
    f"INSERT OR IGNORE INTO kinds (key, {', '.join(COMMON)}) SELECT key, {', '.join(COMMON)} FROM ("
    f"SELECT {_KEY.replace('new.', 'calls.')} AS key, min(rowid) AS first,"
    f" {', '.join(f'{value} AS {name}' for name, value in _OF_CALLS.items())}"
    f" FROM calls WHERE {_SOME} GROUP BY 1) ORDER BY first",
    "UPDATE calls SET (kind, caching, rated) = (SELECT id, caching, rated FROM kinds"
    f" WHERE key = {_KEY.replace('new.', 'calls.')}) WHERE {_SOME}",
)
STEP = 20_000
"""Calls of which the kinds are found at once."""
_UNUSED = "DELETE FROM kinds WHERE id = old.kind AND NOT EXISTS (SELECT 1 FROM calls WHERE kind = old.kind);"
_SEEN = ", ".join((*COMMON[:8], *_TOKENS[1:3]))
_TRIGGERS = {
    "kind_added": f"INSERT ON calls WHEN NOT new.{OPEN} BEGIN {_KNOWN} END",
    "kind_changed": f"UPDATE OF {_SEEN} ON calls WHEN NOT new.{OPEN} BEGIN {_KNOWN} {_UNUSED} END",
    "kind_left": f"DELETE ON calls BEGIN {_UNUSED} END",
    "kind_lost": "UPDATE OF kind ON calls"
    f" WHEN new.kind IS NULL AND NOT new.{OPEN} BEGIN {_KNOWN} {_UNUSED} END",
    "kind_rated": "INSERT ON ratings BEGIN UPDATE calls SET kind = NULL WHERE id = new.call_id; END",
    "kind_rated_anew": "UPDATE ON ratings BEGIN UPDATE calls SET kind = NULL WHERE id = new.call_id; END",
    "kind_unrated": "DELETE ON ratings BEGIN UPDATE calls SET kind = NULL WHERE id = old.call_id; END",
}


def create(db: Database) -> None:
    """Kinds of calls, and the indexes by them, in the place of those that held each property for itself."""
    for name, type in (("kind", int), ("caching", str), ("rated", str)):
        db["calls"].add_column(name, type)
    columns = {name: int if name == "version" else str for name in COMMON}
    db["kinds"].create({"id": int, "key": str} | columns, pk="id", not_null={"key"}, strict=True)
    db["kinds"].create_index(["key"], unique=True)
    for name, what in _TRIGGERS.items():
        db.execute(f"CREATE TRIGGER {name} AFTER {what}")
    for name in ("calls_wanted", "idx_calls_model", "idx_calls_user_id"):
        db.execute(f"DROP INDEX {name}")
    _found(db.conn)
    db.execute("CREATE INDEX calls_kind ON calls (kind, id)")
    db.execute("CREATE INDEX calls_user ON calls (user, kind, id)")
    for name, key in KEYS.items():
        db.execute(f"CREATE INDEX calls_kind_{name} ON calls (kind, {key}, id)")


def _found(connection: Connection) -> None:
    """The kinds of the calls there are, in the order of these, as the triggers would find them one by one."""
    (last,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM calls").fetchone()
    waiting = Waiting("calls have their kind")
    for first in range(0, last, STEP):
        for statement in _FOUND:
            connection.execute(statement, {"first": first, "last": first + STEP})
        waiting.tell(min(first + STEP, last), last)


def wider(db: Database) -> None:
    """A person's calls in one index, in their order, with all that they are sifted and put in order by."""
    db.execute("DROP INDEX calls_user")
    db.execute(f"CREATE INDEX calls_user ON calls (user, id, kind, {', '.join(KEYS.values())})")
