"""What is going on now, calls and checks, each with Stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from lab import store
from lab.engine import Live
from lab.errors import BadInput
from lab.ui import session
from lab.ui.parts.notices import plain

LISTED = 5
"""Calls, and checks, that are listed; of more, only the number is said."""


def running() -> None:
    """In the sidebar: what runs, whichever page is open."""
    lives, checks = session.lives().running(session.who()), _checks()
    here, compared = st.query_params.get("c"), st.query_params.get("id")
    if any(
        (here and live.conversation == here) or (compared and live.request.origin.source == "compare")
        for live in lives
    ):
        _listed(lives, checks)  # nothing ticks on a page that follows an answer, until that has ended
    elif lives or checks:
        _ticking()


@st.fragment(run_every=1.0)
def _ticking() -> None:
    lives, checks = session.lives().running(session.who()), _checks()
    if not lives and not checks:
        st.rerun()
    _listed(lives, checks, time.monotonic())


def _listed(lives: Sequence[Live], checks: Sequence[Mapping[str, Any]], now: float | None = None) -> None:
    with st.container(border=True, key="running"):
        st.caption(f"Running now: {len(lives) + len(checks)}")
        for live in lives[:LISTED]:
            took = f" · {now - live.began:.0f} s" if now else ""
            _one(live.id, f"{live.request.model}{took}", session.lives().stop)
        for check in checks[:LISTED]:
            _one(check["id"], f"check {check['dataset']}", session.lives().end)


def _checks() -> list[Mapping[str, Any]]:
    """The checks that this process makes."""
    found = []
    for name in session.lives().working():
        try:
            found.append(store.run_head(session.lab().store.read, session.who(), name))
        except BadInput:  # other work, or its row is not written yet
            continue
    return found


def _one(id: str, label: str, stop: Callable[[str], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"running-{id}"):
        st.markdown(f":small[{plain(label)}]", width="stretch")
        st.button(
            "Stop",
            key=f"running-stop-{id}",
            icon=":material/stop_circle:",
            type="tertiary",
            on_click=stop,
            args=(id,),
        )
