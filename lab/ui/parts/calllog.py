"""The calls that were made, one by one."""

from __future__ import annotations

import streamlit as st

from lab import store
from lab.errors import BadInput, LabError
from lab.store import Page, Wanted
from lab.ui import session
from lab.ui.parts.call import call, steps
from lab.ui.parts.calls import calls
from lab.ui.parts.filters import call_filters, clear, go
from lab.ui.parts.links import address, link
from lab.ui.parts.notices import empty, error
from lab.ui.parts.takeaway import takeaway

SIZE = 50
"""Calls on a page."""


def calllog() -> None:
    """The filters, a page of calls, and beside it the one that the address names."""
    database, who = session.lab().store.read, session.who()
    before, chosen = st.query_params.get("before"), st.query_params.get("call")
    wanted = call_filters()
    found = store.page(database, who, wanted, SIZE, before)
    if chosen and not _known(chosen):
        error(f"There is no call '{chosen}' that you may see.")
        chosen = None
    if found.calls:
        calls(found.calls)
        _beside(found, wanted)
    else:
        _nothing(wanted, before)
    if chosen:
        _opened(tuple(each["id"] for each in found.calls))


def _known(id: str) -> bool:
    try:
        store.call(session.lab().store.read, session.who(), id)
    except BadInput:
        return False
    return True


def _beside(found: Page, wanted: Wanted) -> None:
    """The ways to newer and older calls, and to all of them at once."""
    with st.container(horizontal=True, vertical_alignment="center", key="logs-beside"):
        st.button(
            "Newer",
            key="logs-newer",
            icon=":material/chevron_left:",
            disabled=found.newer is None,
            on_click=go,
            args=(found.newer,),
        )
        st.button(
            "Older",
            key="logs-older",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=found.older is None,
            on_click=go,
            args=(found.older,),
        )
        takeaway(wanted)


def _nothing(wanted: Wanted, before: str | None) -> None:
    if before:
        empty("No older calls", "This is the end of the log.")
        st.button("Newest calls", key="logs-newest", on_click=go, args=(None,))
    elif wanted.anything:
        empty("No calls yet", "Ask something in Chat, run a check, or use `lab ask`: every call lands here.")
        link("Open Chat", "chat", icon=":material/chat:")
    else:
        empty("No call matches", "No call in the log has all of this. Take a filter away, or all of them.")
        clear("Clear filters", "logs-clear-all")


def _closed() -> None:
    address(call=None)


@st.dialog("Call", width=860, position="right", on_dismiss=_closed)
def _opened(ids: tuple[str, ...]) -> None:
    """The call that the address names. It is drawn by itself when something in it is clicked."""
    id = st.query_params.get("call", "")
    try:
        steps(id, ids)
        call(store.call(session.lab().store.read, session.who(), id))
    except LabError as problem:
        error(str(problem))
