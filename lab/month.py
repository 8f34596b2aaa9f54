"""What a month has cost so far, and what it will have cost if it goes on like this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from lab.spent import Spent, added
from lab.types import Picodollars

WEEK = 7


@dataclass(frozen=True, slots=True)
class Month:
    """`expected` is an estimate: `so_far`, and for what is left of the month the average of the last `whole`
    days that are over, which are seven where there were calls as long ago. None: no day is over yet."""

    so_far: Spent
    expected: Picodollars | None
    whole: int

    @property
    def how(self) -> str:
        """How it is reckoned, in a sentence."""
        days = (
            f"the average of the {self.whole} days before today" if self.whole > 1 else "what yesterday cost"
        )
        return f"An estimate: what was spent so far, and for each day that is left {days}."


def first(today: date) -> date:
    """The first day that `month` has to know of."""
    return min(today.replace(day=1), today - timedelta(days=WEEK))


def month(days: Mapping[str, Spent], now: datetime) -> Month:
    """The month of a time in the reader's zone, from what each of its days cost; of an estimate the least."""
    today = now.date()
    begins = today.replace(day=1)
    so_far = added(spent for day, spent in days.items() if day >= begins.isoformat())
    week = [today - timedelta(days=number) for number in range(1, WEEK + 1)]
    known = {day: days[str(day)] for day in week if str(day) in days}
    if not known:
        return Month(so_far, None, 0)
    whole = (today - min(known)).days
    ends = datetime.combine((begins + timedelta(days=31)).replace(day=1), time(), now.tzinfo)
    left, average = (ends - now) // timedelta(seconds=1), added(known.values()).least
    return Month(so_far, so_far.least + average * left // (whole * 24 * 3600), whole)
