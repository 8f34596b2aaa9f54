"""Of which days and of which kind of calls sums are shown: real ones, simulated ones and replays are never
added up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lab.store import Day
from lab.ui.parts import spans
from lab.ui.parts.links import link
from lab.ui.parts.notices import empty, error
from lab.ui.parts.period import period
from lab.ui.parts.picks import pick

SPANS = ("today", "7d", "30d", "days")
LONGEST = 3660
"""Days that are added up, at most."""
KINDS = {"real": "Real", "simulated": "Simulated", "replayed": "Replayed"}

Rows = Sequence[Any]
"""What has a `kind`."""


def summed(name: str, read: Callable[[Sequence[Day]], Rows]) -> tuple[str, Rows, Sequence[Day]] | None:
    """The kind that the reader picks, its rows, and the days; `read` gives those of all kinds. None where
    there is nothing to be shown, which is said. `name` begins the keys."""
    wrong: list[str] = []
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{name}-head"):
        since, until = period(name, lambda: None, wrong, SPANS, "30d")
        place = st.container(width="content")
    days = spans.days(since, until, datetime.now(spans.zone()))
    not_too_long(days, LONGEST, wrong)
    for sentence in wrong:
        error(sentence)
    if wrong:
        return None
    rows = read(days)
    there = [kind for kind in KINDS if any(row.kind == kind for row in rows)]
    if not there:
        empty("No calls in this time", "Ask something in Chat, run a check, or look at a longer time.")
        link("Open Chat", "chat", icon=":material/chat:")
        return None
    kind = chosen_kind(name, there, place)
    return kind, [row for row in rows if row.kind == kind], days


def not_too_long(days: Sequence[Day], longest: int, wrong: list[str]) -> None:
    """Say so in `wrong` where these are more days than are added up."""
    if len(days) > longest:
        wrong.append(f"That is more than {longest:,} days. Choose a shorter time.")


def chosen_kind(name: str, there: Sequence[str], place: DeltaGenerator) -> str:
    """One of the kinds that there are, the first where nobody says."""
    with place:
        return pick("Kind", "kind", there, there[0], f"{name}-kind", KINDS.get, tabs=True)
