"""Rates, percentiles, objectives and advice, each against figures worked by hand."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab import store
from lab.engine import allowance, served, vitals, weekly
from lab.models import catalogue
from lab.objectives import Objective
from lab.store import Connection, Store
from lab.types import Principal

WHO = Principal("ana", "admin")
LAST = date(2026, 11, 14)
NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)
DAYS = store.days(LAST - timedelta(days=6), LAST, UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "lab.db")
    yield opened
    opened.close()


def put(database: Store, *rows: dict[str, Any], at: datetime = NOON) -> None:
    """Calls as their rows; what is not given is as in a quick, good answer in chat."""
    usual = {"process": "p", "user": "ana", "origin": "chat", "endpoint": "anthropic", "source": "api"}
    usual |= {"model": "claude-haiku-5-5", "prompt": "support", "version": 2, "max_tokens": 1000}
    usual |= {"state": "ok", "stop_reason": "end_turn", "cost_basis": "none", "cost": 0}
    usual |= {"first_token_ms": 400.0, "total_ms": 2400.0, "output_tokens": 100}
    usual |= {"started_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}

    def write(connection: Connection) -> None:
        (before,) = connection.execute("SELECT count(*) FROM calls").fetchone()
        for number, row in enumerate(rows, before):
            row = usual | {"id": f"{store.first_id(at)[:9]}{number:04}"} | row
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO calls ({', '.join(row)}) VALUES ({marks})", (*row.values(),))

    database.post(write)
    database.flush()


def whole(database: Store, exact: bool = False) -> vitals.Vitals:
    return vitals.together(vitals.vitals(database.read, WHO, DAYS, ("day", "model"), {}, exact).values())


def test_rates_are_of_what_they_can_be_of(database: Store) -> None:
    states = ["ok"] * 6 + ["failed", "stalled", "truncated", "unknown", "cancelled", "blocked", "refused"]
    put(database, *({"state": state, "stop_reason": None} for state in states))
    put(database, {"refused_in_words": 1}, {"stop_reason": "max_tokens"})
    put(database, {"turn": 1, "followed": 1}, {"turn": 2, "is_last": 1}, {"turn": 1, "state": "failed"})
    found = whole(database)
    assert found.of("errors") == (5, 16)
    assert found.of("refusals") == (2, 11)
    assert found.of("truncations") == (1, 11)
    assert found.of("follow_ups") == (1, 2)
    assert found.rate("thumbs_up") is None
    assert served.row(found)["thumbs"] == "–" and served.value(found, "turns") == 2
    assert served.numbers(found)["errors"] == {"count": 5, "of": 16, "rate": 5 / 16}


@pytest.mark.parametrize("exact", [True, False])
def test_percentiles_are_exact_where_asked_for_and_else_near(database: Store, exact: bool) -> None:
    put(database, *({"first_token_ms": float(ms), "total_ms": ms + 1000.0} for ms in range(10, 1010, 10)))
    found = whole(database, exact)
    for name, share, value in (("first_token", 0.95, 950), ("total", 0.5, 1500), ("speed", 0.5, 100)):
        assert found.spreads[name].at(share) == pytest.approx(value, rel=1e-9 if exact else 0.05)
    assert found.spreads["first_token"].up_to(500) == pytest.approx(50, abs=0 if exact else 3)
    assert found.spreads["first_token"].up_to(0) == 0


def test_nothing_is_a_dash_and_never_0(database: Store) -> None:
    assert whole(database) == vitals.together([])
    assert {*served.row(whole(database)).values()} == {"0", "–"}


def test_the_week_says_what_was_reached_and_what_is_left_of_the_budget(database: Store) -> None:
    put(
        database,
        *({"first_token_ms": 200.0} for _ in range(96)),
        *({"first_token_ms": 900.0} for _ in range(4)),
    )
    put(database, *({"state": "failed", "model": "claude-opus-5-5", "prompt": None} for _ in range(2)))
    put(database, {"state": "failed"}, {}, {}, {}, at=NOON - timedelta(days=7))
    put(database, {"state": "failed"}, at=NOON + timedelta(days=1))
    wanted = (
        Objective("quick", "first_token", 0.5, 90.0),
        Objective("errors", "errors", 1.0),
        Objective("haiku", "errors", 1.0, models=("claude-haiku-5-5",)),
        Objective("none", "thumbs_up", 80.0, prompts=("greeting",)),
    )
    week = weekly.week(database.read, WHO, wanted, LAST, UTC, {})
    quick, errors, haiku, none = week.lines
    assert (week.first, week.calls, week.calls_before) == (date(2026, 11, 8), 102, 4)
    assert quick.week.reached == pytest.approx(0.2, rel=0.05) and quick.left == pytest.approx(1 - 0.04 / 0.1)
    assert errors.week.reached == pytest.approx(2 / 102) and errors.left == pytest.approx(1 - 2 / 1.02)
    assert errors.before.reached == 1 / 4
    assert haiku.left == 1 and none.left is None
    rows = {row["objective"]: row for row in weekly.told(week)}
    assert rows["quick"]["budget left"] == "60%"
    assert rows["errors"]["budget left"] == "none: 2.0 times spent"
    assert rows["errors"]["week before"] == "25.0%, now better"
    assert rows["none"]["reached"] == rows["none"]["budget left"] == "–"
    said = weekly.as_markdown(week, "real, product traffic")
    assert "| errors | at most 1 % of the calls end in an error | 2.0% | 102 |" in said
    assert weekly.as_json(week)["objectives"][2]["budget_left"] == 1


def lengths(median: float, limit: int, many: int, **more: Any) -> Iterator[dict[str, Any]]:
    """Answers whose lengths are spread as logarithms of a normal distribution, up to a limit."""
    chance = random.Random(7)
    for _ in range(many):
        tokens = min(math.ceil(chance.lognormvariate(math.log(median), 0.6)), limit)
        yield {"output_tokens": tokens, "max_tokens": limit, **more} | (
            {"stop_reason": "max_tokens"} if tokens == limit else {}
        )


def test_max_tokens_is_advised_by_what_answers_use(database: Store) -> None:
    put(database, *lengths(400, 1000, 600, prompt="low"))
    put(database, *lengths(100, 4000, 600, prompt="high"))
    put(database, *lengths(400, 2600, 600, prompt="fine"))
    put(database, *lengths(900, 500, 100, prompt="blind"))
    put(database, *lengths(400, 500, 40, prompt="few"))
    found = {each.prompt: each for each in allowance.allowances(database.read, WHO, DAYS, {}, catalogue())}
    assert set(found) == {"low", "high", "blind"}
    enough = 400 * math.exp(0.6 * 2.576)
    assert found["low"].low and found["low"].proposed == pytest.approx(enough, rel=0.2)
    assert found["low"].half == pytest.approx(400, rel=0.1)
    assert not found["high"].low and found["high"].most < found["high"].proposed < 2000
    assert found["blind"].proposed == 1024
    assert "were cut off at 1,000 tokens" in allowance.words(found["low"])
    assert "none was cut off" in allowance.words(found["high"])


def test_hours_are_those_of_utc_named_in_the_readers_zone() -> None:
    found = vitals.hours(NOON - timedelta(hours=2, minutes=30), NOON)
    assert [begins.hour for _, begins, _ in found] == [9, 10, 11]
    assert found[-1][2] == NOON
