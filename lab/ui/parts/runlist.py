"""The checks that were made, newest first."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lab import store
from lab.ui import session
from lab.ui.parts.links import address
from lab.ui.parts.notices import empty
from lab.ui.parts.picks import pick
from lab.ui.parts.runtable import runtable
from lab.ui.parts.watching import watched

PAGE = 20
LISTS = {"runs": "Checks made", "datasets": "Datasets", "judges": "Judges"}


def checks_head() -> str:
    """The top of the page: Start, and whether it lists the checks, the datasets or the judges."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="runs-head"):
        st.title("Checks", width="stretch")
        st.button(
            "Start a check",
            key="runs-new",
            type="primary",
            icon=":material/play_arrow:",
            on_click=address,
            kwargs={"new": "check", "what": None},
        )
    return pick("View", "view", list(LISTS), "runs", "runs-lists", LISTS.get, tabs=True)


def runlist() -> None:
    """A page of them; a click on one opens it."""
    st.caption("A check puts a dataset's cases to prompts and models, and grades the answers.")
    found = _found()
    if not found:
        empty("No checks yet", "Pick a dataset and start one; or run `lab check support-check --sim`.")
        return
    running = any(run["state"] == "running" for run in found)
    watched(_table, 1.0 if running else None)(running)


def _found() -> list[dict[str, Any]]:
    """One more than a page holds, where there is one."""
    before = st.query_params.get("before")
    return store.runs(session.lab().store.read, session.who(), PAGE + 1, before)


def _table(was_running: bool) -> None:
    runs = _found()
    if "run" in st.query_params or (was_running and not any(run["state"] == "running" for run in runs)):
        st.rerun()  # more than the table is to be drawn anew
    runtable(runs[:PAGE])
    with st.container(horizontal=True, key="runs-pages"):
        if st.query_params.get("before"):
            st.button("Newest", key="runs-newest", on_click=address, kwargs={"before": None})
        if len(runs) > PAGE:
            st.button("Older", key="runs-older", on_click=address, kwargs={"before": runs[PAGE - 1]["id"]})
