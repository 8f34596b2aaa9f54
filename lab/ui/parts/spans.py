"""Spans of time to choose from, in the time zone of whoever looks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from lab import clock, store
from lab.errors import BadInput
from lab.store import Day

SPANS = {
    "today": "Today",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "days": "From … to …",
}
_BACK = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
_DAY = timedelta(days=1)
_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 1, 1)

Bounds = tuple[datetime | None, datetime | None]


def zone() -> tzinfo:
    """The browser's time zone; this machine's where the browser does not say."""
    offset = st.context.timezone_offset
    try:
        return ZoneInfo(st.context.timezone or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return clock.zone() if offset is None else timezone(offset * _MINUTE)


_MINUTE = timedelta(minutes=-1)
"""JavaScript counts them westwards."""


def local(stored: str, now: datetime) -> str:
    """A time as it stands in the tables, as short as it can be said now: `14:03:05` where it is of today,
    else `11-19 14:03`, and `2025-11-19` in another year."""
    then = datetime.fromisoformat(stored).astimezone(now.tzinfo)
    if then.date() == now.date():
        return then.strftime("%H:%M:%S")
    return then.strftime("%m-%d %H:%M" if then.year == now.year else "%Y-%m-%d")


def bounds(name: str, first: date | None, last: date | None, now: datetime) -> Bounds:
    """When a span of `SPANS` begins and ends, `now` being in the zone of its days; None: no end on that side.

    `first` and `last`, both included, are the days of the span `days`.
    """
    if name == "today":
        return _midnight(now.date(), now), None
    if name in _BACK:
        return now - _BACK[name], None
    if name != "days":
        return None, None
    return first and _midnight(first, now), last and _midnight(last + _DAY, now)


def days(since: datetime | None, until: datetime | None, now: datetime) -> list[Day]:
    """The whole days between two of the reader's times; one that begins before it counts from the next. None:
    thirty days up to today, and today."""
    last = now if until is None else until.astimezone(now.tzinfo) - timedelta(microseconds=1)
    first = last - timedelta(days=29) if since is None else since.astimezone(now.tzinfo)
    begins = first.date() + timedelta(days=bool(since and (first.hour or first.minute or first.second)))
    return store.days(begins, last.date(), now.tzinfo)


def day(text: str | None) -> date | None:
    """`2026-11-20` as a day. Raises BadInput for what is none."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not _EARLIEST <= found < _LATEST:
        raise BadInput(f"‘{text[:40]}’ in the address is not a day such as 2026-11-20.")
    return found


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)
