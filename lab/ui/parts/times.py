"""Points in time, in the words and the time zone of whoever looks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def clock(at: str) -> str:
    """A time as it stands in the tables: `14:03` where it is of today, else `19 Nov, 14:03`."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC
    then, today = datetime.fromisoformat(at).astimezone(zone), datetime.now(zone)
    if then.date() == today.date():
        return f"{then:%H:%M}"
    return f"{then.day} {then:%b}{f' {then.year}' if then.year != today.year else ''}, {then:%H:%M}"
