"""What calls cost over some days: of all that is shown, one kind, and split by one thing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from lab import store
from lab.store import Day, Row
from lab.types import Principal
from lab.ui import session
from lab.ui.parts import spans
from lab.ui.parts.links import link
from lab.ui.parts.notices import empty, error
from lab.ui.parts.period import period
from lab.ui.parts.picks import pick
from lab.ui.parts.spent import spent, spent_by

SPANS = ("today", "7d", "30d", "days")
LONGEST = 3660
"""Days that are added up, at most."""
KINDS = {"real": "Real", "simulated": "Simulated", "replayed": "Replayed"}
BY = {"model": "Model", "prompt": "Prompt", "origin": "Origin", "run": "Run", "day": "Day"}


def spending() -> None:
    wrong: list[str] = []
    with st.container(horizontal=True, vertical_alignment="bottom", key="costs-head"):
        since, until = period("costs", lambda: None, wrong, SPANS, "30d")
        place = st.container(width="content")
    days = _days(since, until)
    if len(days) > LONGEST:
        wrong.append(f"That is more than {LONGEST:,} days. Choose a shorter time.")
    for sentence in wrong:
        error(sentence)
    if wrong:
        return
    rows = _spending(str(session.lab().store.path), session.who(), tuple(days))
    there = [kind for kind in KINDS if any(row.kind == kind for row in rows)]
    if not there:
        empty("No calls in this time", "Ask something in Chat, run a check, or look at a longer time.")
        link("Open Chat", "chat", icon=":material/chat:")
        return
    with place:
        kind = pick("Kind", "kind", there, there[0], "costs-kind", KINDS.get, tabs=True)
    shown = [row for row in rows if row.kind == kind]
    spent(kind, shown, days)
    by = pick("By", "by", list(BY), "model", "costs-by", BY.get, tabs=True)
    spent_by(by, shown)


def _days(since: datetime | None, until: datetime | None) -> list[Day]:
    """The whole days between two times of the reader's; from the middle of a day on counts the next."""
    zone = spans.zone()
    today = datetime.now(zone)
    last = today if until is None else until.astimezone(zone) - timedelta(microseconds=1)
    first = last - timedelta(days=29) if since is None else since.astimezone(zone)
    begins = first.date() + timedelta(days=bool(first.hour or first.minute or first.second))
    return store.days(begins, last.date(), zone)


@st.cache_resource(ttl=5, max_entries=8, show_spinner="Adding up …")
def _spending(path: str, who: Principal, days: tuple[Day, ...]) -> Sequence[Row]:
    return store.spending(session.lab().store.read, who, days)
