"""Every call, newest first."""

from __future__ import annotations

import streamlit as st

from lab import store
from lab.errors import BadInput, LabError
from lab.store import Page, Wanted
from lab.ui import parts, session

TITLE, ICON, PLACE = "Logs", ":material/receipt_long:", 6

SIZE = 50
"""Calls on a page."""


def page() -> None:
    st.title("Logs")
    database, who = session.lab().store.read, session.who()
    before, chosen = st.query_params.get("before"), st.query_params.get("call")
    wanted = parts.call_filters()
    found = store.page(database, who, wanted, SIZE, before)
    if chosen and not _known(chosen):
        parts.error(f"There is no call '{chosen}' that you may see.")
        chosen = None
    if found.calls:
        parts.calls(found.calls)
        _beside(found)
    else:
        _nothing(wanted, before)
    if chosen:
        _opened(tuple(call["id"] for call in found.calls))


def _known(id: str) -> bool:
    try:
        store.call(session.lab().store.read, session.who(), id)
    except BadInput:
        return False
    return True


def _beside(found: Page) -> None:
    """The ways to newer and older calls."""
    with st.container(horizontal=True, vertical_alignment="center", key="logs-beside"):
        st.button(
            "Newer",
            key="logs-newer",
            icon=":material/chevron_left:",
            disabled=found.newer is None,
            on_click=parts.go,
            args=(found.newer,),
        )
        st.button(
            "Older",
            key="logs-older",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=found.older is None,
            on_click=parts.go,
            args=(found.older,),
        )


def _nothing(wanted: Wanted, before: str | None) -> None:
    if before:
        parts.empty("No older calls", "This is the end of the log.")
        st.button("Newest calls", key="logs-newest", on_click=parts.go, args=(None,))
    elif wanted.anything:
        parts.empty(
            "No calls yet", "Ask something in Chat, run a check, or use `lab ask`: every call lands here."
        )
        parts.link("Open Chat", "chat", icon=":material/chat:")
    else:
        parts.empty(
            "No call matches", "No call in the log has all of this. Take a filter away, or all of them."
        )
        parts.clear("Clear filters", "logs-clear-all")


def _closed() -> None:
    parts.address(call=None)


@st.dialog("Call", width=860, position="right", on_dismiss=_closed)
def _opened(ids: tuple[str, ...]) -> None:
    """The call that the address names. It is drawn by itself when something in it is clicked."""
    id = st.query_params.get("call", "")
    try:
        parts.steps(id, ids)
        parts.call(store.call(session.lab().store.read, session.who(), id))
    except LabError as error:
        parts.error(str(error))
