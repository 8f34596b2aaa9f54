"""What a month will cost, reckoned by hand."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from lab import month
from lab.spent import Spent

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 28, 12, tzinfo=BERLIN)  # 2.5 days of the month are left


def spent(cost: int, **more: int) -> Spent:
    return Spent(calls=1, cost=cost, **more)


def test_a_month_goes_on_as_the_last_seven_whole_days_did() -> None:
    days = {f"2026-11-{day:02}": spent(70) for day in (1, 21, 22, 27)} | {"2026-11-28": spent(5)}
    found = month.month(days, NOON)
    assert found.so_far.cost == 4 * 70 + 5
    assert found.expected == 285 + 210 * 5 // (2 * 7)  # 210 in the seven days from the 21st
    assert found.whole == 7
    assert "what was spent so far, and for each day that is left the average of the 7 days" in found.how


def test_days_before_the_first_call_are_no_days_without_costs() -> None:
    days = {"2026-11-27": spent(100), "2026-11-28": spent(5)}
    found = month.month(days, NOON)
    assert (found.expected, found.whole) == (105 + 250, 1)
    assert found.how.endswith("for each day that is left what yesterday cost.")


def test_without_a_day_that_is_over_nothing_is_expected() -> None:
    assert month.month({"2026-11-28": spent(5)}, NOON).expected is None
    assert month.month({}, NOON).expected is None


def test_the_month_before_counts_for_the_average_alone() -> None:
    now = datetime(2026, 12, 1, 0, tzinfo=BERLIN)
    found = month.month({"2026-11-30": spent(31)}, now)
    assert (found.so_far.cost, found.expected) == (0, 31 * 31)


def test_an_estimate_counts_with_the_least_it_may_have_cost() -> None:
    found = month.month({"2026-11-27": spent(0, estimates=1, floor=2, upper=90)}, NOON)
    assert found.expected == 2 + 5


def test_what_has_to_be_known() -> None:
    assert str(month.first(NOON.date())) == "2026-11-01"
    assert str(month.first(NOON.date().replace(day=3))) == "2026-10-27"
