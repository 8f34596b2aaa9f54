"""Days, as long as they are where somebody looks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

Day = tuple[date, datetime, datetime]
"""A day, when it begins, and when the next one does."""


def days(first: date, last: date, zone: tzinfo) -> list[Day]:
    """Every day from the first to the last, both included, as long as it is in that time zone."""
    many = (last - first).days + 1
    each = [first + timedelta(days=number) for number in range(many)]
    return [(day, _begins(day, zone), _begins(day + timedelta(days=1), zone)) for day in each]


def _begins(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)
