"""The sums that are kept of all calls: whatever is written, they are what adding up the rows gives."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from lab import store
from lab.store import Connection, rollups
from lab.store.counted import AMOUNTS, MEASURES, SERIES
from lab.store.counting import BUCKETS, RATIO, SPENT, SUMMED
from lab.types import Origin, Principal, Request, new_id
from tests.store.rows import opened, post_all, whole_call

ADMIN, ANA = Principal("ana", "admin"), Principal("ana")
BEGIN = datetime(2026, 11, 2, tzinfo=UTC)
DAYS = store.days(date(2026, 11, 1), date(2026, 11, 12), UTC)
ON = "ON series.kind = v.kind AND " + " AND ".join(f"series.{name} IS v.{name}" for name in SERIES)
ADDED_UP = {
    "rollups": ("slot, series.id", SUMMED, f"counted v JOIN series {ON}"),
    "stops": (
        "slot, series.id, stop_reason",
        ("calls",),
        f"counted v JOIN series {ON} AND stop_reason NOT NULL",
    ),
    "histograms": ("measure, slot, series.id, bucket", ("calls",), f"measured v JOIN series {ON}"),
    "user_rollups": (
        "slot, user, v.kind",
        SPENT,
        "counted v JOIN series " + ON,
    ),
}
"""What the rows of each table are by, the sums, and of what."""

CHOICES: dict[str, tuple[Any, ...]] = {
    "state": ("ok", "ok", "ok", "refused", "failed", "stalled", "cancelled", "unknown", "streaming"),
    "stop_reason": (None, "end_turn", "max_tokens", "refusal"),
    "answered_by": (None, "claude-haiku-5-5", "claude-sonnet-5-5"),
    "source": ("api", "simulated", "replay", "batch"),
    "user": ("ana", "bo"),
    "prompt": (None, "support", "greeting"),
    "version": (None, 1, 2),
    "origin": ("chat", "check", "judge"),
    "cost": (None, 0, 70, 10**9),
    "cost_upper": (None, 0, 90),
    "cost_basis": ("usage", "estimate", "none"),
    "cost_output": (None, 60),
    "cost_uncached": (None, 0, 80),
    "cost_meant": (None, 100),
    "meant_model": (None, "claude-opus-5-5"),
    "failed_floor": (None, 0, 5),
    "failed_upper": (None, 0, 7),
    "input_tokens": (None, 0, 7, 10**6),
    "output_tokens": (None, 0, 1, 300, 9000),
    "max_tokens": (1, 300, 9000),
    "first_token_ms": (None, 0.0, 0.3, 410.5, 90_000.0),
    "total_ms": (None, 0.2, 512.0, 10**9),
    "turn": (None, 1, 2, 9),
    "followed": (None, 1),
    "is_last": (None, 1),
    "process": ("p", "p", "p", "imported"),
}


def history(seed: int, many: int = 120) -> Iterator[Any]:
    """Calls that begin, end and change afterwards, and are rated, and rated anew."""
    chance, calls = random.Random(seed), []
    for number in range(many):
        at = BEGIN + timedelta(seconds=chance.randrange(9 * 86400))
        id = store.first_id(at)[:9] + f"{number:04}"
        row = {name: chance.choice(values) for name, values in CHOICES.items()}
        row |= {"id": id, "started_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        row |= {"model": "claude-haiku-5-5", "endpoint": chance.choice(("anthropic", "simulated"))}
        yield f"INSERT INTO calls ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", (*row.values(),)
        calls.append(id)
        for _ in range(chance.randrange(4)):
            call, name = chance.choice(calls), chance.choice([*CHOICES])
            yield f"UPDATE calls SET {name} = ? WHERE id = ?", (chance.choice(CHOICES[name]), call)
        call, who, value = chance.choice(calls), chance.choice("xyz"), chance.choice((-1, 0, 1))
        at = (call, who)
        yield chance.choice((
            ("INSERT OR IGNORE INTO ratings (call_id, user, value, created_at) VALUES (?, ?, ?, '')",
                (*at, value)),
            ("UPDATE ratings SET value = ? WHERE call_id = ? AND user = ?", (value, *at)),
            ("DELETE FROM ratings WHERE call_id = ? AND user = ?", at),
        ))  # fmt: skip


def kept(connection: Connection) -> dict[str, set[tuple[Any, ...]]]:
    """The tables as they are; rows from which everything was taken out again are as good as none."""
    found = {}
    for table in ADDED_UP:
        rows = [tuple(row) for row in connection.execute(f"SELECT * FROM {table}")]
        key = ADDED_UP[table][0].count(",") + 1
        found[table] = {row for row in rows if any(row[key:])}
    return found


def added_up(connection: Connection) -> dict[str, set[tuple[Any, ...]]]:
    """What the rows of calls and ratings give when all of them are added up."""
    found = {}
    for table, (key, sums, source) in ADDED_UP.items():
        values = ", ".join(f"sum({each})" for each in sums)
        rows = connection.execute(f"SELECT {key}, {values} FROM {source} GROUP BY {key}")
        found[table] = {tuple(row) for row in rows}
    return found


@pytest.mark.parametrize("seed", range(8))
def test_adding_up_all_rows_gives_what_is_kept(tmp_path: Path, seed: int) -> None:
    with opened(tmp_path / "lab.db") as to:
        for statement, values in history(seed):
            to.post(lambda db, statement=statement, values=values: db.execute(statement, values))
        to.flush()
        found = kept(to.read)
        assert found == added_up(to.read)
        assert all(found.values())
        assert sum(row[2] for row in found["rollups"]) > 50


def test_calls_that_were_there_before_are_added_up_as_if_they_came_after(tmp_path: Path) -> None:
    from lab.store import sqlite
    from lab.store.counting import create
    from lab.store.migration import prepare
    from lab.store.schema import MIGRATIONS

    before = MIGRATIONS[: MIGRATIONS.index(create)]
    old = tmp_path / "old.db"
    sqlite.create(old)
    connection = sqlite.connect(old)
    prepare(connection, before)
    known = {row["name"] for row in connection.execute("PRAGMA table_info(calls)")}
    for statement, values in history(99):
        if statement.startswith("INSERT INTO calls"):
            names = statement.split("(")[1].split(")")[0].split(", ")
            row = {name: value for name, value in zip(names, values, strict=True) if name in known}
            sqlite.insert(connection, "calls", row)
        elif not statement.startswith("UPDATE calls") or statement.split()[3] in known:
            connection.execute(statement, values)
    prepare(connection)
    assert kept(connection) == added_up(connection)
    assert all(kept(connection).values())
    connection.close()


def test_deleting_calls_leaves_the_figures(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as to:
        for statement, values in history(3):
            to.post(lambda db, statement=statement, values=values: db.execute(statement, values))
        to.flush()
        before = kept(to.read)

        def prune(db: Connection) -> None:
            db.execute("PRAGMA defer_foreign_keys = ON")
            db.execute("DELETE FROM calls")
            db.execute("DELETE FROM ratings")

        to.post(prune)
        to.flush()
        assert kept(to.read) == before and not to.read.execute("SELECT 1 FROM calls").fetchone()


def test_what_is_read_is_the_same_for_an_admin_and_added_up_for_the_person(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as to:
        for statement, values in history(5, 200):
            to.post(lambda db, statement=statement, values=values: db.execute(statement, values))
        to.post(lambda db: db.execute("UPDATE calls SET user = 'ana'"))
        to.flush()
        for by in (("day", "model"), ("prompt", "version", "kind"), ()):
            assert _same(rollups.rolled(to.read, who, DAYS, SUMMED, by) for who in (ADMIN, ANA))
            assert _same(rollups.stopped(to.read, who, DAYS, by) for who in (ADMIN, ANA))
            for measure in MEASURES:
                mine = rollups.histograms(to.read, ANA, DAYS, measure, by)
                assert mine == rollups.histograms(to.read, ADMIN, DAYS, measure, by)
        assert rollups.rolled(to.read, Principal("cy"), DAYS, SUMMED, ("day",)) == []
        assert [row["user"] for row in rollups.spent_by_user(to.read, ANA, DAYS)] == ["ana"]
        assert rollups.spent_by_user(to.read, Principal("cy"), DAYS) == []
        some = rollups.rolled(to.read, ADMIN, DAYS, ("calls",), ("origin",), {"origin": rollups.PRODUCT})
        assert [row["origin"] for row in some] == ["chat"]


def test_what_is_kept_in_mind_of_far_time_zones_is_no_older_than_the_last_change(tmp_path: Path) -> None:
    """Their days are whole days of UTC and remembered hours; a person's are added up anew each time."""
    days = store.days(date(2026, 11, 1), date(2026, 11, 12), ZoneInfo("Australia/Sydney"))
    with opened(tmp_path / "lab.db") as to:
        for number, (statement, values) in enumerate(history(7, 200)):
            to.post(lambda db, statement=statement, values=values: db.execute(statement, values))
            if number % 60 == 59:
                to.post(lambda db: db.execute("UPDATE calls SET user = 'ana'"))
                to.flush()
                by = ("day", "model")
                assert _same(rollups.rolled(to.read, who, days, SUMMED, by) for who in (ADMIN, ANA))
                mine = rollups.histograms(to.read, ANA, days, "tokens", by)
                assert mine == rollups.histograms(to.read, ADMIN, days, "tokens", by)


def _same(found: Iterator[list[dict[str, Any]]]) -> bool:
    first, second = ({tuple(row.items()) for row in rows} for rows in found)
    return bool(first) and first == second


def test_percentiles_of_histograms_are_as_near_as_they_say(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as to:
        chance = random.Random(1)
        for number in range(300):
            ms, id = round(chance.lognormvariate(6, 1.2), 1), f"{store.first_id(BEGIN)[:9]}{number:04}"
            values = (id, BEGIN.isoformat(), "p", "ana", "chat", "anthropic", "api", "m", 9, "ok", ms)
            to.post(
                lambda db, values=values: db.execute(
                    "INSERT INTO calls (id, started_at, process, user, origin, endpoint, source, model,"
                    " max_tokens, state, first_token_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    values,
                )
            )
        to.flush()
        (histogram,) = rollups.histograms(to.read, ADMIN, DAYS, "first_token", ()).values()
        (values,) = rollups.measured(to.read, ADMIN, DAYS, ("first_token",), ())["first_token"].values()
    assert len(values) == 300 and values == sorted(values)
    for share in (0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1):
        exact = rollups.exactly_at(values, share)
        near = rollups.percentile(histogram, share)
        assert abs(near / exact - 1) <= rollups.ERROR * 1.0001
    assert rollups.percentile({}, 0.5) is None and rollups.exactly_at([], 0.5) is None


def test_a_whole_call_is_in_the_sums_by_its_end_and_not_before(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as to:
        request = Request(
            new_id(), "claude-haiku-5-5", (), 9, Origin("chat", "ana", prompt="support", version=2)
        )
        today = store.days(datetime.now(UTC).date(), datetime.now(UTC).date() + timedelta(days=1), UTC)
        *begun, end = whole_call(to, request)
        post_all(to, *begun, store.rated(request.id, ANA, 1))
        to.flush()
        assert rollups.rolled(to.read, ADMIN, today) == []
        post_all(to, end)
        to.flush()
        (row,) = rollups.rolled(to.read, ADMIN, today)
        assert (row["kind"], row["prompt"], row["version"], row["calls"], row["ok"]) == (
            "simulated", "support", 2, 1, 1,
        )  # fmt: skip
        assert (row["cost"], row["input_tokens"], row["thumbs_up"]) == (70, 5, 1)
        post_all(to, store.rated(request.id, ANA, -1))
        to.flush()
        (row,) = rollups.rolled(to.read, ADMIN, today)
        assert (row["thumbs_up"], row["thumbs_down"]) == (0, 1)


def test_days_of_every_time_zone_are_made_of_whole_slots(tmp_path: Path) -> None:
    begins = {
        datetime(year, month, day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for zone in available_timezones()
        for year, month, day in ((2025, 1, 1), (2026, 4, 15), (2026, 7, 1), (2027, 10, 15))
    }
    with opened(tmp_path / "lab.db") as to:
        to.post(lambda db: _rows_at(db, begins))
        to.flush()
        slots = {row["slot"] for row in to.read.execute("SELECT slot FROM counted")}
        many = to.read.execute("SELECT count(DISTINCT slot) AS many FROM counted").fetchone()["many"]
    assert slots == {int(each.timestamp()) for each in begins} and many == len(begins)


def _rows_at(db: Connection, begins: set[datetime]) -> None:
    for number, at in enumerate(begins):
        db.execute(
            "INSERT INTO calls (id, started_at, process, user, origin, endpoint, source, model, max_tokens,"
            " state) VALUES (?, ?, 'p', 'ana', 'chat', 'e', 'api', 'm', 9, 'ok')",
            (str(number), at.isoformat(timespec="milliseconds").replace("+00:00", "Z")),
        )


def test_buckets_are_those_that_percentiles_are_read_from(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as to:
        rows = to.read.execute("SELECT * FROM buckets ORDER BY bucket").fetchall()
    assert [row["bucket"] for row in rows] == [*BUCKETS]
    assert all(row["high"] / row["low"] == pytest.approx(RATIO) for row in rows)
    assert {*AMOUNTS} <= {*SUMMED}
