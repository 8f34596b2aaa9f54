"""A look, from the rows of calls to the message that a webhook gets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab import alerts
from lab.alerts import Judgement
from lab.engine import Lab
from lab.store import Store, alerting
from tests.alerts.calls import MODEL, post, rows
from tests.alerts.hook import Hook
from tests.engine.kit import lab_of

NOW = datetime(2026, 11, 25, 12, 40, tzinfo=UTC)
MIDNIGHT = NOW.replace(hour=0, minute=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVERY = timedelta(minutes=3)
BAD = {"state": "failed", "stop_reason": None, "first_token_ms": None, "error_type": "overloaded_error"}


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Store]:
    """A log of three days of calls every few minutes."""
    opened = Store(tmp_path / "lab.db")
    post(opened, rows(MIDNIGHT - 3 * DAY, NOW, EVERY))
    yield opened
    opened.close()


def lab(base: Store, **wanted: object) -> Lab:
    return lab_of(base, alerts=wanted)


def look(of: Lab, at: datetime = NOW) -> dict[str, Judgement]:
    """What was found, by rule."""
    return {each.rule: each for each in asyncio.run(alerts.look(of, at))}


def open_ones(base: Store) -> dict[str, str]:
    return {row["rule"]: row["severity"] for row in alerting.alerts(base.read)}


def test_usual_traffic_is_judged_and_fine(base: Store) -> None:
    found = look(lab(base, daily_cost=10))
    assert {rule: each.judged for rule, each in found.items()} == {
        "errors": True, "first_token": True, "tokens": True, "cache": True, "cost": True, "stop_reason": True,
    }  # fmt: skip
    assert open_ones(base) == {} and found["errors"].figures["calls"] == 54


def test_only_what_users_cause_counts_and_only_what_is_real(base: Store) -> None:
    def lately(often: int, **fields: Any) -> Iterator[dict[str, Any]]:
        return rows(NOW - HOUR, NOW, EVERY / often, **fields)

    blocked = {"state": "blocked", "cost_basis": "none", "cost": 0, "stop_reason": None}
    post(base, lately(30, **BAD, origin="check"), lately(31, source="simulated"), lately(32, **blocked))
    assert look(lab(base))["errors"].figures["calls"] == 54 and open_ones(base) == {}


def test_what_changed_is_an_alert_and_the_webhook_is_told_once(
    base: Store,
    hook: Hook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOOK", hook.url)
    of, other = lab(base, webhook="HOOK"), Store(base.path)
    post(base, rows(NOW - HOUR / 2, NOW, EVERY / 20, **BAD))
    post(base, rows(NOW - HOUR / 2, NOW, EVERY / 21, input_tokens=9000, cache_read_input_tokens=0))
    look(of)
    look(lab(other, webhook="HOOK"), NOW + HOUR / 60)
    assert open_ones(base) == {"errors": "critical", "tokens": "warning", "cache": "warning"}
    assert sorted(body["alert"]["rule"] for _, _, body in hook.got) == ["cache", "errors", "tokens"]
    other.close()


def test_what_a_webhook_does_not_take_is_kept_and_said(base: Store, hook: Hook) -> None:
    post(base, rows(NOW - HOUR / 2, NOW, EVERY / 20, **BAD))
    hook.status = 500
    now = datetime.now(UTC).isoformat()
    look(lab(base, webhook=hook.url), NOW)
    look(lab(base, webhook=hook.url), NOW)
    assert len(hook.got) == 1  # the second try comes later
    (row,) = base.read.execute("SELECT tries, error, next_at FROM alert_messages")
    assert tuple(row)[:2] == (1, "The webhook at 127.0.0.1 answered 500.") and row["next_at"] > now


def test_without_real_calls_the_simulated_are_looked_at_and_say_so(tmp_path: Path) -> None:
    base = Store(tmp_path / "sim.db")
    assert look(lab(base)) == {}
    post(base, rows(NOW - HOUR, NOW, EVERY / 3, **BAD, source="simulated"))
    look(lab(base))
    (row,) = alerting.alerts(base.read)
    assert (row["kind"], row["key"]) == ("simulated", f"errors/simulated/{MODEL}")
    base.close()


def test_the_days_cost_is_that_of_all_real_calls_since_midnight(base: Store) -> None:
    post(base, rows(NOW - HOUR, NOW, EVERY, origin="check", cost=None, cost_floor=None, cost_upper=None))
    money = look(lab(base, daily_cost=1))["cost"]
    calls = 12.67 * 20  # of a quarter of a cent each, one every three minutes
    assert money.figures["spent_usd"] == pytest.approx(calls * 0.005, abs=0.011)
    assert money.figures["unpriced"] == 20 and money.severity == "critical"
    assert money.figures["coming_usd"] == pytest.approx(480 * 0.005, rel=0.03)
