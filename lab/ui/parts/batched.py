"""What a check has out in batches: since when, until when, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import evals
from lab.engine import batches
from lab.errors import LabError
from lab.ui import session
from lab.ui.parts.notices import plain, warning
from lab.ui.parts.times import clock

WAITING = """The API answers within 24 hours, mostly within one, and says what came once all has. The app
looks every minute and goes on by itself, also after a restart; this page need not stay open."""
SOUGHT = """Its submission was cut, so that nobody knows whether the API has it. It is looked for there before
anything goes out again."""
CUT = "interrupted"
"""What a run's summary says where nothing was wrong."""
CANCELLING = (
    "What the API has answered by then is billed, and kept. The rest is not, and asked when you go on."
)
NOW = "Asks whether it has ended, puts what came into the check, and goes on."
HERE = "The app waits for it already, and goes on by itself."
ELSEWHERE = "Another process waits for it, and goes on by itself."


def batched(found: Mapping[str, Any]) -> None:
    """A frame, where there is something out."""
    if not found["batches"]:
        return
    mine = session.lives().works(found["id"])
    with st.container(border=True, key="runs-batch"):
        st.markdown(f"**{plain(evals.out_words(found['batches']))}**", help=WAITING)
        why = (found["summary"] or {}).get("sentence", CUT)
        if why != CUT:
            warning(why)
        for batch in found["batches"]:
            st.caption(plain(_told(batch)))
        with st.container(horizontal=True, key="runs-batch-deeds"):
            st.button(
                "Collect now",
                key="runs-collect",
                icon=":material/download:",
                type="secondary" if mine else "primary",
                disabled=mine or found["state"] == "running",
                help=HERE if mine else ELSEWHERE if found["state"] == "running" else NOW,
                on_click=_collect,
                args=(found["id"],),
            )
            with st.popover("Cancel the batch", icon=":material/cancel:", key="runs-batch-cancel"):
                st.markdown(CANCELLING)
                st.button(
                    "Cancel it",
                    key="runs-batch-cancel-sure",
                    type="primary",
                    on_click=_cancel,
                    args=(found["batches"],),
                )


def _told(batch: Mapping[str, Any]) -> str:
    many = f"{batch['requests']:,} request{'s' * (batch['requests'] != 1)}"
    if batch["api_id"] is None:
        return f"{many} · {SOUGHT}"
    times = f"submitted {clock(batch['submitted_at'])} · expires {clock(batch['expires_at'])}"
    return f"{many} · {times} · {batch['api_id']}"


def _collect(id: str) -> None:
    try:
        evals.go_on(session.lives(), session.who(), id)
    except LabError as fault:
        st.session_state["runs-problem"] = str(fault)


def _cancel(out: list[Mapping[str, Any]]) -> None:
    lives = session.lives()
    try:
        for batch in out:
            lives.soon(batches.cancel(lives.lab, lives.providers, batch))
    except LabError as fault:
        st.session_state["runs-problem"] = str(fault)
