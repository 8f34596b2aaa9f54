"""Alerts: open until all is well for a while; each message is sent by one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab.store import Store, Write, alerting
from lab.types import Principal

ANA = Principal("ana")
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LEASE = timedelta(minutes=2)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "lab.db")
    yield opened
    opened.close()


def found(severity: str | None, key: str = "errors/real/sonnet", judged: bool = True) -> dict[str, Any]:
    words = dict.fromkeys(("subject", "means", "do", "command"), "x")
    about = {
        "rule": "errors",
        "kind": "real",
        "sentence": f"It is {severity}.",
        "view": {},
        "figures": {"n": 1},
    }
    return {"key": key, "severity": severity, "judged": judged} | words | about


def done(base: Store, write: Write) -> Any:
    return asyncio.run(base.commit(write))


def look(base: Store, minutes: float, *judgements: dict[str, Any], remind: timedelta | None = DAY) -> None:
    done(base, alerting.alerts_found(judgements, NOON + timedelta(minutes=minutes), remind))


def events(base: Store) -> list[str]:
    """What messages there were to send, which are sent by this."""
    claimed = done(base, alerting.notices_claimed(NOON + 400 * DAY, 99, LEASE))
    for each in claimed:
        done(base, alerting.notice_sent(each["id"], NOON))
    return [each["event"] for each in claimed]


def state(base: Store) -> list[tuple[str, bool]]:
    return [(row["severity"], bool(row["ended_at"])) for row in alerting.alerts(base.read, 9)]


def test_an_alert_opens_once_and_ends_when_all_was_well_for_a_while(base: Store) -> None:
    for minute in (0, 1, 2):
        look(base, minute, found("warning"))
    assert events(base) == ["opened"] and state(base) == [("warning", False)]
    look(base, 10, found(None))
    look(base, 11, found("warning"))
    assert events(base) == [] and state(base) == [("warning", False)]
    look(base, 25, found(None))
    assert state(base) == [("warning", False)]
    look(base, 26, found(None))
    assert events(base) == ["ended"] and state(base) == [("warning", True)]
    look(base, 27, found("warning"))
    assert events(base) == ["opened"] and state(base) == [("warning", False), ("warning", True)]


def test_what_nobody_can_tell_any_more_stays_open_for_a_day(base: Store) -> None:
    look(base, 0, found("warning"), found("critical", "cost/real/"))
    look(base, 60, found(None, judged=False))
    assert len(alerting.alerts(base.read)) == 2
    look(base, 24 * 60, found(None, judged=False))
    assert alerting.alerts(base.read) == []


def test_worse_is_told_and_so_is_what_stays_open_for_long(base: Store) -> None:
    look(base, 0, found("warning"))
    done(base, alerting.alert_acknowledged(1, ANA))
    look(base, 1, found("critical"))
    assert events(base) == ["opened", "worse"]
    assert not alerting.alerts(base.read)[0]["silent"]
    for hours in (12, 23, 25, 26):
        look(base, 60 * hours, found("critical"))
    assert events(base) == ["reminder"]
    look(base, 60 * 27, found("warning"))
    assert (events(base), state(base)) == ([], [("warning", False)])


def test_nobody_is_reminded_of_what_is_acknowledged_or_muted(base: Store) -> None:
    look(base, 0, found("warning"), found("warning", "other"))
    assert done(base, alerting.alert_acknowledged(1, ANA)) and not done(
        base, alerting.alert_acknowledged(9, ANA)
    )
    done(base, alerting.alert_muted(2, ANA, datetime.now(UTC) + 900 * DAY))
    assert [row["silent"] for row in alerting.alerts(base.read)] == [True, True]
    events(base)
    look(base, 60 * 25, found("warning"), found("warning", "other"))
    assert events(base) == []
    look(base, 60 * 26, found(None), found(None, "other"))
    assert events(base) == ["ended"]  # of the one that is not muted
    look(base, 60 * 27, found("warning"))
    done(base, alerting.alert_muted(3, ANA, datetime.now(UTC) + DAY))
    done(base, alerting.alert_muted(3, ANA, None))
    assert not alerting.alerts(base.read)[0]["silent"]


def test_without_a_webhook_there_is_nothing_to_send(base: Store) -> None:
    look(base, 0, found("warning"), remind=None)
    look(base, 20, found(None), remind=None)
    assert events(base) == []


def test_two_processes_send_each_message_once(base: Store) -> None:
    other = Store(base.path)
    look(base, 0, found("warning"))
    look(other, 0, found("warning"))
    mine, theirs = (done(each, alerting.notices_claimed(NOON, 9, LEASE)) for each in (base, other))
    assert [len(mine), len(theirs)] == [1, 0]
    assert mine[0]["alert"]["sentence"] == "It is warning."
    again = done(other, alerting.notices_claimed(NOON + LEASE, 9, LEASE))  # the first process was killed
    assert [each["id"] for each in again] == [mine[0]["id"]]
    done(other, alerting.notice_failed(again[0]["id"], 1, "It answered 500.", NOON + DAY))
    assert done(base, alerting.notices_claimed(NOON + DAY / 2, 9, LEASE)) == []
    assert done(base, alerting.notices_claimed(NOON + DAY, 9, LEASE))[0]["tries"] == 1
    done(base, alerting.notice_failed(again[0]["id"], 8, "It answered 500.", None))
    assert done(base, alerting.notices_claimed(NOON + 99 * DAY, 9, LEASE)) == []
    other.close()


def test_what_could_not_be_delivered_is_listed(base: Store) -> None:
    now = datetime.now(UTC)
    done(base, alerting.alerts_found([found("warning")], now, DAY))
    (one,) = done(base, alerting.notices_claimed(now, 9, LEASE))
    assert alerting.notices_unsent(base.read) == []
    done(base, alerting.notice_failed(one["id"], 1, "It answered 500.", now))
    assert [each["error"] for each in alerting.notices_unsent(base.read)] == ["It answered 500."]


def test_one_of_several_processes_watches(base: Store) -> None:
    def taken(process: str, minutes: float) -> bool:
        return done(base, alerting.watch_taken("alerts", process, NOON + timedelta(minutes=minutes), LEASE))

    assert [taken("a", 0), taken("b", 1), taken("a", 1.5), taken("b", 3), taken("b", 3.5)] == [
        True, False, True, False, True,
    ]  # fmt: skip
