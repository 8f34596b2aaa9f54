"""Pages of the log: whatever is wanted, in whatever order, is what reading every row gives."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from lab import store
from lab.errors import BadInput
from lab.store import ORDERS, RATINGS, Store, Wanted, kinds, paging, sqlite
from lab.store.migration import prepare
from lab.store.schema import MIGRATIONS
from lab.store.sqlite import Connection, insert, now
from lab.store.wanted import first_id
from lab.types import Principal
from tests.store.rows import opened

ADMIN, ANN = Principal("root", "admin"), Principal("ann")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MANY = 350
TEXTS = {1: '{"cache_control":{"type":"ephemeral"}}', 2: '"say \\"cache_control\\":{"', 3: '{"top_k":1}'}
COLUMNS: Mapping[str, tuple[Any, ...]] = {
    "origin": ("chat", "check"),
    "source": ("api", "simulated"),
    "endpoint": ("anthropic", "work"),
    "model": ("claude-a", "claude-b", "claude-c"),
    "prompt": ("support", "support", "tickets", None),
    "user": ("ann", "ann", "ben", "o'brien"),
    "state": ("ok", "ok", "ok", "failed", "unknown", "started"),
    "options_id": (1, 2, 3, None),
    "system_id": (2, None),
    "cache_read_input_tokens": (None, 0, 0, 900),
    "cache_creation_input_tokens": (None, 0, 20),
    "input_tokens": (None, 5, 6, 7),
    "output_tokens": (None, 1, 2),
    "cost": (None, 0, 10, 10, 20, 30),
    "cost_upper": (None, 25),
    "first_token_ms": (None, 100.5, 100.5, 900.0),
    "total_ms": (None, 200.0, 2000.0, 9000.0),
    "conversation_id": (None, None, "talk"),
    "run_id": (None, None, "r1", "r2"),
}


def filled(connection: Connection, count: int = MANY) -> None:
    drawn = random.Random(3)
    for id, body in TEXTS.items():
        insert(connection, "texts", {"id": id, "hash": bytes([id]), "body": body})
    insert(
        connection,
        "conversations",
        {"id": "talk", "user": "ann", "title": "", "created_at": now(), "updated_at": now()},
    )
    for number in range(count):
        row = {name: drawn.choice(values) for name, values in COLUMNS.items()}
        id = first_id(NOON + timedelta(minutes=number))
        row |= {"id": id, "process": "p", "started_at": now(), "max_tokens": 9}
        row["version"] = row["prompt"] and drawn.choice((1, 2, 3, None))
        row["stop_reason"] = drawn.choice(("end_turn", "max_tokens")) if row["state"] == "ok" else None
        insert(connection, "calls", row)
        for user in ("ann", "ben"):
            if drawn.random() < 0.2:
                value = drawn.choice((1, -1, 0))
                rating = {"call_id": id, "user": user, "value": value, "created_at": now()}
                insert(connection, "ratings", rating)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("log") / "lab.db") as made:
        made.post(filled)
        made.flush()
        yield made


def spent(row: Mapping[str, Any]) -> int:
    known = row["cost"] if row["cost"] is not None else row["cost_upper"]
    return -1 if known is None else known


def caching(row: Mapping[str, Any]) -> str | None:
    read, written = row["cache_read_input_tokens"], row["cache_creation_input_tokens"]
    if read:
        return "read"
    if not written and row["options_id"] != 1:
        return "never"
    return "missed" if written or read == 0 else None


def tokens(row: Mapping[str, Any]) -> int:
    if row["input_tokens"] is None and row["output_tokens"] is None:
        return -1
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return sum(row[name] or 0 for name in names)


BY: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "newest": lambda row: 0,
    "cost": spent,
    "total": lambda row: -1 if row["total_ms"] is None else row["total_ms"],
    "first_token": lambda row: -1 if row["first_token_ms"] is None else row["first_token_ms"],
    "tokens": tokens,
}


def held(row: Mapping[str, Any], rated: set[int], wanted: Wanted) -> bool:
    """Whether a row is wanted, by another way than the store's."""
    same = ("model", "prompt", "state", "stop_reason", "source", "origin", "endpoint", "user")
    ended = row["state"] != "started"
    ways = {"up": 1 in rated, "down": -1 in rated, "none": not rated, None: True}
    return all(
        (
            all(getattr(wanted, name) in (None, row[name]) for name in same),
            wanted.conversation in (None, row["conversation_id"]),
            wanted.run in (None, row["run_id"]),
            not wanted.versions or row["version"] in wanted.versions,
            wanted.cache is None or (ended and caching(row) == wanted.cache),
            ways[wanted.rating] if ended else wanted.rating in (None, "none"),
            not wanted.since or row["id"] >= first_id(wanted.since),
            not wanted.until or row["id"] < first_id(wanted.until),
            wanted.cost_from is None or spent(row) >= wanted.cost_from,
            wanted.cost_to is None or 0 <= spent(row) <= wanted.cost_to,
            wanted.first_token_over is None or BY["first_token"](row) > wanted.first_token_over,
            wanted.total_over is None or BY["total"](row) > wanted.total_over,
        )
    )


def expected(log: Store, wanted: Wanted, who: Principal, order: str) -> list[str]:
    """Every row is read, looked at and sorted."""
    rated: dict[str, set[int]] = {}
    for rating in log.read.execute("SELECT call_id, value FROM ratings WHERE value != 0"):
        rated.setdefault(rating["call_id"], set()).add(rating["value"])
    rows = [
        row
        for row in log.read.execute("SELECT * FROM calls").fetchall()
        if held(row, rated.get(row["id"], set()), wanted) and who.user in (row["user"], "root")
    ]
    if order == "oldest":
        return sorted(row["id"] for row in rows)
    rows.sort(key=lambda row: (BY[order](row), row["id"]), reverse=True)
    return [row["id"] for row in rows]


DAY = timedelta(hours=4)
ASKED = [
    Wanted(),
    Wanted(model="claude-a"),
    Wanted(prompt="support"),
    Wanted(prompt="support", versions=(2,)),
    Wanted(prompt="support", versions=(1, 3), model="claude-b", source="api"),
    Wanted(state="started"),
    Wanted(state="failed", rating="none"),
    Wanted(stop_reason="end_turn", user="ann"),
    Wanted(user="o'brien", total_over=200),
    Wanted(user="nobody"),
    Wanted(endpoint="work", origin="check"),
    Wanted(source="batch"),
    Wanted(model="claude-a' OR '1'='1"),
    *(Wanted(cache=each) for each in ("read", "missed", "never")),
    *(Wanted(rating=each) for each in RATINGS),
    Wanted(since=NOON + DAY, until=NOON + 2 * DAY),
    Wanted(since=NOON + DAY, model="claude-a", cost_to=10),
    Wanted(cost_from=20),
    Wanted(cost_to=0, user="ben"),
    Wanted(cost_from=10, cost_to=10, first_token_over=100, total_over=1000),
    Wanted(conversation="talk", model="claude-c"),
    Wanted(run="r1", rating="up"),
]


@pytest.mark.parametrize("few", [0, paging.FEW], ids=["many", "few"])
@pytest.mark.parametrize("order", ORDERS)
def test_pages_hold_what_is_wanted_there_and_back(
    log: Store, monkeypatch: pytest.MonkeyPatch, order: str, few: int
) -> None:
    """In either way of reading what lies between limits: as if few calls were within them, or as if many; and
    whether what is wanted lies near or beyond what a walk looks at first."""
    monkeypatch.setattr(paging, "FEW", few)
    monkeypatch.setattr(paging, "NEAR", 30 if few else paging.NEAR)
    for wanted, who in product(ASKED, (ADMIN, ANN)):
        whole = expected(log, wanted, who, order)
        for size in (11, 1000):
            assert walked(log, wanted, who, order, size) == whole, (wanted, who, size)
    assert all(expected(log, wanted, ADMIN, order) for wanted in ASKED if wanted not in ABSENT)


ABSENT = (Wanted(user="nobody"), Wanted(source="batch"), Wanted(model="claude-a' OR '1'='1"))


def walked(log: Store, wanted: Wanted, who: Principal, order: str, size: int) -> list[str]:
    """From the first page to the last, and back again by the same pages."""
    there = [store.page(log.read, who, wanted, size, order=order)]
    while there[-1].older:
        there.append(store.page(log.read, who, wanted, size, before=there[-1].older, order=order))
    for place, after in zip(there[-2::-1], there[:0:-1], strict=True):
        back = store.page(log.read, who, wanted, size, after=after.newer, order=order)
        assert [call["id"] for call in back.calls] == [call["id"] for call in place.calls]
        assert back.newer == place.newer or back.newer == place.calls[0]["id"]
    assert there[0].newer is None
    return [call["id"] for page in there for call in page.calls]


def test_a_place_in_no_order_is_an_error(log: Store) -> None:
    with pytest.raises(BadInput, match="no call 'zz' to go on from"):
        store.page(log.read, ADMIN, Wanted(), 5, before="zz", order="cost")
    assert (
        store.page(log.read, ADMIN, Wanted(), 5, before="zz").calls[0]["id"]
        == expected(log, Wanted(), ADMIN, "newest")[0]
    )


def test_a_call_changes_its_kind_and_leaves_none_behind(tmp_path: Path) -> None:
    """Also where it is rated, loses its rating, is settled, given to somebody else, or deleted."""
    changes = (
        "UPDATE calls SET state = 'ok', stop_reason = 'end_turn' WHERE id = 'x'",
        "INSERT INTO ratings (call_id, user, value, created_at) VALUES ('x', 'ann', 1, '')",
        "UPDATE ratings SET value = -1",
        "DELETE FROM ratings",
        "UPDATE calls SET model = 'claude-z'",
        "DELETE FROM calls",
    )
    seen = []
    with opened(tmp_path / "lab.db") as made:
        row = {
            "id": "x",
            "process": "p",
            "started_at": now(),
            "max_tokens": 9,
            "user": "ann",
            "origin": "chat",
        }
        row |= {"source": "api", "endpoint": "anthropic", "model": "m", "state": "started"}
        made.post(lambda connection: insert(connection, "calls", row))
        for change in changes:
            made.post(lambda connection, change=change: connection.execute(change))
            made.flush()
            kinds = made.read.execute("SELECT rated, model FROM kinds").fetchall()
            seen.append([tuple(kind) for kind in kinds])
    assert seen == [[(None, "m")], [("up", "m")], [("down", "m")], [(None, "m")], [(None, "claude-z")], []]


def test_no_page_reads_the_whole_log(log: Store) -> None:
    """Every look is into an index that begins with what is sought, whatever statistics would advise."""
    plans: list[str] = []
    connection = log.read
    for wanted, order in product(ASKED, ORDERS):
        sought = store.wanted.sifted(ANN if wanted.user else ADMIN, wanted)
        at = expected(log, Wanted(), ADMIN, order)[5]
        connection.set_trace_callback(plans.append)
        paging.ids(connection, sought, paging.Order(order, at=at), 9)
        connection.set_trace_callback(None)
    for said in {plan for plan in plans if "kind" in plan}:
        for row in connection.execute(f"EXPLAIN QUERY PLAN {said}"):
            assert not row["detail"].startswith("SCAN calls"), said


def test_an_older_lab_s_calls_have_the_kinds_that_new_ones_would_have(tmp_path: Path) -> None:
    """Found by the migration for many at once, and by the triggers as the same calls come one by one."""
    older = MIGRATIONS[: MIGRATIONS.index(kinds.create)]
    seen = []
    for name, steps in (("found", (older, filled, MIGRATIONS)), ("kept", (MIGRATIONS, filled))):
        sqlite.create(tmp_path / name)
        connection = sqlite.connect(tmp_path / name)
        for step in steps:
            if callable(step):
                step(connection)
            else:
                prepare(connection, step)
        common = ", ".join(f"kinds.{each}" for each in kinds.COMMON)
        rows = connection.execute(
            f"SELECT calls.id, {common}, calls.caching, calls.rated FROM calls LEFT JOIN kinds"
            " ON kinds.id = kind ORDER BY 1"
        ).fetchall()
        unused = "SELECT count(*) FROM kinds WHERE id NOT IN (SELECT kind FROM calls WHERE kind NOT NULL)"
        sums = connection.execute("SELECT * FROM rollups").fetchall()
        seen.append(([tuple(row) for row in rows], [tuple(row) for row in sums]))
        assert not connection.execute(unused).fetchone()[0]
        connection.close()
    assert seen[0] == seen[1]
    assert {row[7] for row in seen[0][0]} == {"ok", "failed", "unknown", None}
