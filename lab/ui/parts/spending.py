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
from lab.ui.parts.links import link
from lab.ui.parts.notices import empty, error
from lab.ui.parts.period import period
from lab.ui.parts.picks import pick
from lab.ui.parts.spent import spent
from lab.ui.parts.spentby import LONGEST as ROWS
from lab.ui.parts.spentby import spent_by
from lab.ui.parts.spenton import spent_on

SPANS = ("today", "7d", "30d", "days")
LONGEST = 3660
"""Days that are added up, at most."""
KINDS = {"real": "Real", "simulated": "Simulated", "replayed": "Replayed"}
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
    wrong: list[str] = []
    with st.container(horizontal=True, vertical_alignment="bottom", key="costs-head"):
        since, until = period("costs", lambda: None, wrong, SPANS, "30d")
        place = st.container(width="content")
    days = spans.days(since, until, datetime.now(spans.zone()))
    if len(days) > LONGEST:
        wrong.append(f"That is more than {LONGEST:,} days. Choose a shorter time.")
    for sentence in wrong:
        error(sentence)
    if wrong:
        return
    rows = rows_of(days)
    there = [kind for kind in KINDS if any(row.kind == kind for row in rows)]
    if not there:
        empty("No calls in this time", "Ask something in Chat, run a check, or look at a longer time.")
        link("Open Chat", "chat", icon=":material/chat:")
        return
    with place:
        kind = pick("Kind", "kind", there, there[0], "costs-kind", KINDS.get, tabs=True)
    shown = [row for row in rows if row.kind == kind]
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
