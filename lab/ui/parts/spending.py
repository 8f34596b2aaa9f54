"""What calls cost over some days: all of what is shown is of one kind, and split by one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import streamlit as st

from lab import month, store
from lab.month import Month
from lab.spent import Spent, added
from lab.store import Day, Row
from lab.types import Principal
from lab.ui import session
from lab.ui.parts import spans
from lab.ui.parts.picks import pick
from lab.ui.parts.spent import spent
from lab.ui.parts.spentby import LONGEST as ROWS
from lab.ui.parts.spentby import spent_by
from lab.ui.parts.spenton import spent_on
from lab.ui.parts.summed import summed

BY = {
    "model": "Model",
    "prompt": "Prompt",
    "use": "Used for",
    "origin": "Origin",
    "source": "Source",
    "user": "User",
    "conversation": "Conversation",
    "run": "Run",
    "day": "Day",
}


def spending() -> None:
    """The tab."""
    found = summed("costs", rows_of)
    if not found:
        return
    kind, shown, days = found
    spent(kind, shown, days, _month(kind))
    spent_on(kind, shown, split_of(days, kind, "use"))
    by = pick("By", "by", list(BY), "model", "costs-by", BY.get, tabs=True)
    spent_by(by, kind, days, split_of(days, kind, by), added(row.spent for row in shown).most)


def rows_of(days: Sequence[Day]) -> Sequence[Row]:
    """What these days cost; read anew after some seconds."""
    return _rows(str(session.lab().store.path), session.who(), tuple(days))


def split_of(days: Sequence[Day], kind: str, by: str) -> Mapping[str | None, Spent]:
    """The same of a kind by one of `BY`; no more than a table shows, and one."""
    return _split(str(session.lab().store.path), session.who(), tuple(days), kind, by)


def _month(kind: str) -> Month:
    """The month of today."""
    now = datetime.now(spans.zone())
    rows = rows_of(store.days(month.first(now.date()), now.date(), spans.zone()))
    return month.month(store.split((row for row in rows if row.kind == kind), "day"), now)


@st.cache_resource(ttl=5, max_entries=8, show_spinner="Adding up …")
def _rows(path: str, who: Principal, days: tuple[Day, ...]) -> Sequence[Row]:
    return store.spending(session.lab().store.read, who, days)


@st.cache_resource(ttl=5, max_entries=16, show_spinner="Adding up …")
def _split(
    path: str, who: Principal, days: tuple[Day, ...], kind: str, by: str
) -> Mapping[str | None, Spent]:
    return store.spending_by(session.lab().store.read, who, days, kind, by, ROWS + 1)
