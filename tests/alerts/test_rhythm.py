"""What is usual, on seeded traffic: no false alarm in a week, and each change is found soon. At full size:
`python -m tests.bench alerts`."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lab.alerts import Hour, statistic
from tests.alerts.rhythm import START, Change, opened, traffic

RATE = 150
LEARNED = START + timedelta(weeks=2)
CHANGED = LEARNED + timedelta(days=1, hours=10)


def test_a_day_of_the_usual_rhythm_raises_no_alarm() -> None:
    assert [*opened(traffic(7, 2 + 1 / 7, RATE, since=LEARNED))] == []


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("tokens", {"tokens": 1.5}),
        ("cache", {"hits": 0.2}),
        ("errors", {"errors": 0.15}),
        ("first_token", {"first": 2.0}),
    ],
)
def test_a_change_is_found_within_two_hours(rule: str, change: dict[str, float]) -> None:
    weeks = (CHANGED + timedelta(hours=2) - START) / timedelta(weeks=1)
    seen = opened(traffic(7, weeks, RATE, Change(CHANGED, **change), since=CHANGED))
    assert rule in {found.rule for _, found in seen}


def hours(many: int, value: float, last: datetime = LEARNED) -> list[Hour]:
    return [Hour(last - timedelta(hours=n), 100, value + n % 2 * 0.1) for n in range(many, 0, -1)]


def test_what_is_usual_is_known_after_a_day_and_better_after_two_weeks() -> None:
    assert statistic.usual(LEARNED, hours(23, 5.0)) is None
    assert statistic.usual(LEARNED, hours(24, 5.0)).hours == 24
    weeks = statistic.usual(LEARNED, hours(15 * 24, 5.0))
    assert weeks.hours == 6 and weeks.middle == pytest.approx(5.1)  # three hours a week, two of them odd
    assert statistic.usual(LEARNED, []) is None


def test_few_calls_and_few_hours_are_allowed_more() -> None:
    usual = statistic.Usual(5.0, 0.05, 12)
    assert usual.z(1000, 5.3) > usual.z(100, 5.3) > usual.z(10, 5.3) > 0 > usual.z(10, 4.9)
    assert usual.z(100, 5.3) > statistic.Usual(5.0, 0.05, 2).z(100, 5.3)
