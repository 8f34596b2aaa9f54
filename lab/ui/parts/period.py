"""A span of time to look at, which the address holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import streamlit as st

from lab.errors import BadInput
from lab.ui.parts import spans
from lab.ui.parts.links import address

NAMES = ("time", "from", "to")
"""What may stand in the address."""
WEEK = timedelta(days=6)
WIDTH = 165
"""Pixels: two beside each other on a phone."""

Then = Callable[[], None]


def period(
    page: str, then: Then, wrong: list[str], offered: Sequence[str] = ("", *spans.SPANS), default: str = ""
) -> spans.Bounds:
    """Draw the controls of a page; `then` is called where something else is picked, `wrong` takes what is no
    day in the address. `offered` are some of `spans.SPANS`, and "" for all time."""
    days = "from" in st.query_params or "to" in st.query_params
    name = "days" if days else st.query_params.get("time", default)
    name = name if name in offered else default
    key = f"{page}-time"
    if st.session_state.get(key) != name:
        st.session_state[key] = name
    now = datetime.now(spans.zone())
    st.selectbox(
        "Time",
        offered,
        format_func=lambda each: spans.SPANS.get(each, "All time"),
        key=key,
        on_change=_picked,
        args=(key, now, default, then),
        width=WIDTH,
    )
    first = chosen_day(page, "From", "from", then, wrong) if days else None
    last = chosen_day(page, "To", "to", then, wrong) if days else None
    return spans.bounds(name, first, last, now)


def _picked(key: str, now: datetime, default: str, then: Then) -> None:
    """Days one by one begin as those of a week."""
    name = st.session_state[key]
    address(**dict.fromkeys(NAMES))
    if name == "days":
        address(**{"from": (now - WEEK).date().isoformat(), "to": now.date().isoformat()})
    else:
        address(time=None if name == default else name)
    then()


def chosen_day(page: str, label: str, name: str, then: Then, wrong: list[str]) -> date | None:
    """A day of the reader's, or none; `wrong` takes what is no day."""
    key, asked = f"{page}-{name}", None
    try:
        asked = spans.day(st.query_params.get(name))
    except BadInput as fault:
        wrong.append(str(fault))
    if key not in st.session_state or st.session_state[key] != asked:
        st.session_state[key] = asked
    about = {"on_change": _day_picked, "args": (key, name, then), "format": "YYYY-MM-DD"}
    st.date_input(label, None, key=key, width=WIDTH, **about)
    return asked


def _day_picked(key: str, name: str, then: Then) -> None:
    chosen = st.session_state[key]
    address(**{name: chosen.isoformat() if chosen else ""})
    then()
