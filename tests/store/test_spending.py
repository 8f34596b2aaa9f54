"""What calls cost together: kinds apart, the unknown never as 0, every row added up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlite_utils

from lab import spent, store
from lab.spent import Spent
from lab.store import Connection, Row, Store
from lab.store.counting import SUMMED
from lab.store.recounting import create
from lab.types import Cost, Origin, Principal, Request, new_id
from tests.store.rows import opened, post_all, whole_call
from tests.store.test_rollups import DAYS, history

SPLIT = [
    "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens",
    "thinking_tokens", "web_search_requests",
]  # fmt: skip
TERMS = [name for name in spent.SUMS if name.startswith("cost_") and name[5:] not in ("routed", "meant")]
ANA, ADMIN = Principal("ana", "viewer"), Principal("ana", "admin")
ESTIMATE, UNKNOWN = Cost(None, 10, 90, "estimate"), Cost(None, None, None, "usage")
ENDLESS = Cost(None, 0, None, "estimate")


def call(to: Store, cost: Cost, source: str = "api", **origin: Any) -> None:
    who = Origin(**{"source": "chat", "user": "ana"} | origin)
    request = Request(new_id(), "claude-haiku-5-5", ({"role": "user", "content": "Up?"},), 9, who)
    post_all(to, *whole_call(to, request, cost=cost))
    to.post(lambda db: db.execute("UPDATE calls SET source = ? WHERE id = ?", (source, request.id)))


def today(many: int = 1) -> list[store.Day]:
    now = datetime.now(UTC).date()
    return store.days(now - timedelta(days=many - 1), now + timedelta(days=1), UTC)


def spending(path: Path, who: Principal = ANA) -> list[Row]:
    with opened(path / "lab.db") as to:
        for cost in (Cost(70, 70, 70, "usage"), Cost(30, 30, 30, "usage"), ESTIMATE, UNKNOWN, ENDLESS):
            call(to, cost, prompt="support", version=2)
        call(to, Cost(500, 500, 500, "usage"), source="simulated")
        call(to, Cost(0, 0, 0, "none"), source="replay")
        call(to, Cost(7, 7, 7, "usage"), user="bo")
        to.flush()
        return store.spending(to.read, who, today())


def test_kinds_are_never_added_up_and_what_is_unknown_is_never_0(tmp_path: Path) -> None:
    rows = {row.kind: row.spent for row in spending(tmp_path)}
    assert set(rows) == {"real", "simulated", "replayed"}
    real = rows["real"]
    assert (real.calls, real.cost, real.estimates, real.floor, real.upper) == (5, 100, 1, 10, 90)
    assert (real.unpriced, real.turns, real.per_thousand) == (2, 2, 50_000)
    assert (real.least, real.most, real.tokens_in, real.output_tokens) == (110, 190, 25, 10)
    assert rows["simulated"].cost == 500
    assert (rows["replayed"].calls, rows["replayed"].cost) == (1, 0)


def test_an_admin_sees_everybody_s(tmp_path: Path) -> None:
    real = [row.spent for row in spending(tmp_path, ADMIN) if row.kind == "real"]
    assert spent.added(real).cost == 107


def test_what_has_no_known_cost_is_none_in_a_file() -> None:
    record = Spent(calls=2, unpriced=2).record()
    assert (record["cost_usd"], record["calls"], record["unpriced"]) == (None, 2, 2)
    assert Spent(calls=1, cost=5 * 10**11).record()["cost_usd"] == 0.5
    people = spent.records("user", {"=ana": Spent(calls=1, input_tokens=5, untold=1)})
    assert (people[0]["tokens_in"], people[0]["saved_by_cache_usd"]) == (5, None)
    assert spent.csv("user", {"=ana": Spent(calls=1)}).splitlines()[1].startswith("'=ana,1,0,")
    assert spent.csv("user", {}).count("\n") == 1


def test_a_call_that_has_not_ended_is_in_no_sum(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as to:
        request = Request(new_id(), "claude-haiku-5-5", (), 9, Origin("chat", "ana"))
        post_all(to, store.call_opened(request, to.process, "anthropic", "api"))
        to.flush()
        assert store.spending(to.read, ADMIN, today()) == []
        assert [store.running(to.read, Principal(user, "viewer")) for user in ("ana", "bo")] == [1, 0]


def test_rows_are_split_by_what_cost_most_and_days_by_their_order() -> None:
    def row(day: str, model: str, cost: int) -> Row:
        return Row(day, "real", model, Spent(1, cost))

    rows = [row("2026-11-02", "a", 1), row("2026-11-01", "b", 5), row("2026-11-01", "a", 3)]
    assert [(name, one.cost) for name, one in store.split(rows, "model").items()] == [("b", 5), ("a", 4)]
    assert [(name, one.cost) for name, one in store.split(rows, "day").items()] == [
        ("2026-11-01", 8),
        ("2026-11-02", 1),
    ]
    assert spent.added([]) == Spent()


def test_days_are_as_long_as_they_are_where_the_reader_is() -> None:
    found = store.days(date(2026, 10, 24), date(2026, 10, 26), ZoneInfo("Europe/Berlin"))
    hours = [
        (after.astimezone(UTC) - begins.astimezone(UTC)) / timedelta(hours=1) for _, begins, after in found
    ]
    assert hours == [24, 25, 24]


def kind(row: Mapping[str, Any]) -> str:
    if row["source"] == "simulated" or (row["source"], row["endpoint"]) == ("replay", "simulated"):
        return "simulated"
    return "replayed" if row["source"] == "replay" else "real"


def named(row: Mapping[str, Any], by: str) -> str | None:
    """What a row of `calls` has of what is added up, told without the code that is tested."""
    batch = "batch" in (row["source"], row["service_tier"])
    if by == "use":
        uses = {"chat": "product", "api": "product", "check": "checks", "judge": "judges"}
        return "batches" if batch else uses.get(row["origin"], "others")
    if by == "source":
        answered = {"real": "batch" if batch else "api"}.get(kind(row), kind(row))
        return f"{answered} · {row['endpoint']}"
    if by == "prompt":
        version = "" if row["version"] is None else f"@{row['version']}"
        return row["prompt"] and f"{row['prompt']}{version}"
    columns = {"conversation": "conversation_id", "run": "run_id"}
    if by == "day":
        return row["started_at"][:10]
    return (row["answered_by"] or row["model"]) if by == "model" else row[columns.get(by, by)]


def alone(row: Mapping[str, Any]) -> Spent:
    """What one row adds, told without SQL."""
    rough = row["cost_basis"] == "estimate" and row["cost_upper"] is not None
    exact = row["cost"] if row["cost_basis"] != "estimate" and row["cost"] is not None else None
    found = {name: row[name] or 0 for name in SPLIT}
    found |= {name: row[name] or 0 for name in TERMS}
    untold = row["cost_uncached"] is None
    found |= {f"untold_{name}": found[name] * untold for name in SPLIT}
    routed = row["cost_meant"] is not None and exact is not None
    ends = ("failed_floor", "failed_upper") if row["state"] == "ok" else ("cost_floor", "cost_upper")
    floor, upper = (row[name] for name in ends)
    return Spent(
        **found | {"cost_routed": exact if routed else 0, "cost_meant": row["cost_meant"] if routed else 0},
        calls=1,
        cost=exact or 0,
        estimates=rough,
        floor=(row["cost_floor"] or 0) if rough else 0,
        upper=row["cost_upper"] if rough else 0,
        unpriced=row["cost"] is None and row["cost_upper"] is None,
        untold=untold,
        routed=routed,
        routed_untold=row["meant_model"] is not None and row["cost"] != 0 and not routed,
        wasted_floor=0 if upper is None else floor or 0,
        wasted_upper=upper or 0,
        wasted_unpriced=upper is None,
    )


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Random calls that ended, changed afterwards, or have not ended."""
    with opened(tmp_path_factory.mktemp("spending") / "lab.db") as to:
        for id in ("c0", "c1"):
            to.post(store.conversation_opened(id, ANA))
        for number, (statement, values) in enumerate([*history(1), *history(2)]):
            if statement.startswith("INSERT INTO calls ("):  # to a conversation, a run, or neither
                statement = statement.replace("(", "(conversation_id, run_id, ", 1).replace(
                    "VALUES (", "VALUES (?, ?, "
                )
                values = (
                    *((f"c{number % 2}", None), (None, f"r{number % 4}"), (None, None))[number % 3],
                    *values,
                )
            to.post(lambda db, statement=statement, values=values: db.execute(statement, values))
        to.flush()
        yield to


@pytest.mark.parametrize("who", [ADMIN, ANA], ids=["admin", "viewer"])
@pytest.mark.parametrize("by", store.BY)
def test_adding_up_all_rows_of_calls_gives_every_figure(full: Store, by: str, who: Principal) -> None:
    expected: dict[str, dict[str | None, list[Spent]]] = defaultdict(lambda: defaultdict(list))
    for row in full.read.execute("SELECT * FROM calls"):
        seen = who.role == "admin" or row["user"] == who.user
        ended = row["state"] not in ("started", "streaming") and row["process"] != "imported"
        if seen and ended and (by not in ("run", "conversation") or named(row, by)):
            expected[kind(row)][named(row, by)].append(alone(row))
    for each in store.KINDS:
        found = store.spending_by(full.read, who, DAYS, each, by)
        added = {name: spent.added(rows) for name, rows in expected[each].items()}
        assert found == added
    assert expected["real"]


def test_sums_that_an_older_lab_kept_are_kept_on_with_what_is_new(full: Store) -> None:
    """What is new of them is added up from the calls; of a deleted call only what was kept stays."""

    def rows(table: str) -> list[tuple[Any, ...]]:
        columns = [row["name"] for row in full.read.execute(f"PRAGMA table_info({table})")]
        found = full.read.execute(f"SELECT {', '.join(sorted(columns))} FROM {table} WHERE calls > 0")
        return sorted(map(repr, map(tuple, found)))

    tables = ("rollups", "rollups_daily", "user_rollups", "user_rollups_daily", "spenders", "spenders_whole")
    before = {table: rows(table) for table in tables}
    full.post(_older)
    full.post(lambda connection: create(sqlite_utils.Database(connection)))
    full.flush()
    assert {table: rows(table) for table in tables} == before
    assert all(before.values())


def _older(connection: Connection) -> None:
    """The tables as they were before people, conversations and runs had everything told apart."""
    for name in ("counted_in", "counted_in_spenders", "changed_insert", "changed_update"):
        connection.execute(f"DROP TRIGGER {name}")
    for name in ("changed", "spenders_whole"):
        connection.execute(f"DROP TABLE {name}")
    for when in ("insert", "update"):
        connection.execute(f"DROP TRIGGER rollups_daily_{when}")
        connection.execute(
            f"CREATE TRIGGER rollups_daily_{when} AFTER {when} ON rollups BEGIN SELECT RAISE(FAIL, ''); END"
        )
    for table in ("rollups", "rollups_daily"):
        for name in SUMMED:
            if "untold" in name:
                connection.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    kept = "calls, cost, estimates, floor, upper, unpriced, wasted_floor, wasted_upper"
    tokens = "input_tokens + cache_creation_input_tokens + cache_read_input_tokens AS tokens_in,"
    whole = f"{kept}, {tokens} output_tokens AS tokens_out"
    prompts = "cost_input + cost_cache_write + cost_cache_read AS cost_prompt, cost_uncached"
    for table, columns in (
        ("user_rollups", f"slot, user, kind, 'chat' AS origin, {whole}"),
        ("user_rollups_daily", f"slot, user, kind, 'chat' AS origin, {whole}"),
        ("spenders", f"what, slot, id, user, kind, {whole}, {prompts}"),
    ):
        connection.execute(f"CREATE TABLE older AS SELECT {columns} FROM {table}")
        connection.execute(f"DROP TABLE {table}")
        connection.execute(f"ALTER TABLE older RENAME TO {table}")


@pytest.mark.parametrize("limit", [-1, 1])
@pytest.mark.parametrize("by", ["conversation", "run"])
def test_what_goes_on_beyond_a_time_counts_with_what_lies_in_it(full: Store, by: str, limit: int) -> None:
    rows = full.read.execute("SELECT * FROM calls WHERE state != 'streaming' AND process != 'imported'")
    real = [row for row in rows if kind(row) == "real" and named(row, by)]
    for first in range(len(DAYS) - 3):
        days = DAYS[first : first + 3]
        names = {str(day) for day, _, _ in days}
        expected: dict[str | None, list[Spent]] = defaultdict(list)
        for row in real:
            if row["started_at"][:10] in names:
                expected[named(row, by)].append(alone(row))
        ranked = spent.dearest({name: spent.added(each) for name, each in expected.items()})
        found = store.spending_by(full.read, ADMIN, days, "real", by, limit)
        assert [*found.items()] == [*ranked.items()][: None if limit < 0 else limit]


def test_the_dearest_come_first_and_no_more_than_asked_for(full: Store) -> None:
    every = store.spending_by(full.read, ADMIN, DAYS, "real", "run")
    costs = [one.most for one in every.values()]
    assert costs == sorted(costs, reverse=True) and len(every) > 1
    assert store.spending_by(full.read, ADMIN, DAYS, "real", "run", 1) == dict([*every.items()][:1])


def test_the_chart_is_added_up_from_the_same_rows(full: Store) -> None:
    rows = store.spending(full.read, ADMIN, DAYS)
    for each in store.KINDS:
        mine = [row for row in rows if row.kind == each]
        assert store.split(mine, "model") == store.spending_by(full.read, ADMIN, DAYS, each, "model")
        assert spent.added(row.spent for row in mine) == spent.added(
            store.spending_by(full.read, ADMIN, DAYS, each, "use").values()
        )
