"""Where this machine is, and times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lab.clock import later, zone
from lab.errors import BadInput

NOW = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("90m", "2026-11-29T11:00"),
        (" 2h ", "2026-11-29T11:30"),
        ("3 d", "2026-12-02T09:30"),
        ("18:00", "2026-11-29T18:00"),
        ("9:30", "2026-11-30T09:30"),
        ("2026-12-01", "2026-12-01T00:00"),
        ("2026-12-01T18:00", "2026-12-01T18:00"),
        ("2026-11-29T18:00+09:00", None),
        ("2026-11-29T18:31+09:00", "2026-11-29T09:31"),
    ],
)
def test_a_time_that_is_to_come(text: str, then: str | None) -> None:
    if then is None:
        with pytest.raises(BadInput, match="is over"):
            later(text, NOW)
    else:
        assert later(text, NOW) == datetime.fromisoformat(f"{then}+00:00")


@pytest.mark.parametrize(
    "text", ["", "2", "0h", "-2h", "25:00", "tomorrow", "999999999d", "2026-13-01", "9h\n30m"]
)
def test_no_time(text: str) -> None:
    with pytest.raises(BadInput, match="is not a time|more than ten years"):
        later(text, NOW)


@pytest.mark.parametrize("named", ["Europe/Berlin", ":Europe/Berlin", ":/usr/share/zoneinfo/Europe/Berlin"])
def test_this_machines_zone_knows_when_clocks_change(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", named)
    offsets = [datetime(2026, month, 1, tzinfo=zone()).utcoffset() for month in (7, 12)]
    assert offsets == [timedelta(hours=2), timedelta(hours=1)]


def test_a_zone_that_nobody_knows_is_what_the_clock_is_off_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "LAB-3")
    assert datetime.now(zone()).utcoffset() == datetime.now().astimezone().utcoffset()
