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
from lab.ui.parts.hits import hits
from lab.ui.parts.links import address, link
from lab.ui.parts.notices import empty, error
from lab.ui.parts.takeaway import takeaway

SIZE = 50
"""Calls on a page."""
HITS = 20
"""Those that are shown with what they say."""


BESIDE = {"newest": ("Newer", "Older"), "oldest": ("Older", "Newer")}
"""What the pages in front of this one and behind it hold, in an order by time."""


def calllog() -> None:
    """The filters, a page of calls, and beside it the one that the address names."""
    chosen = st.query_params.get("call")
    wanted, order = call_filters()
    found = None if wanted is None else _found(wanted, order)
    if chosen and not _known(chosen):
        error(f"There is no call '{chosen}' that you may see.")
        chosen = None
    if found is not None:
        _page(found, wanted or Wanted(), order)
    if chosen:
        _opened(tuple(each["id"] for each in found.calls) if found else ())


def _found(wanted: Wanted, order: str) -> Page | None:
    database, who = session.lab().store.read, session.who()
    before, after = st.query_params.get("before"), st.query_params.get("after")
    try:
        size = HITS if wanted.words else SIZE
        return store.page(database, who, wanted, size, before, after, order)
    except BadInput as problem:
        error(str(problem))
        return None


def _page(found: Page, wanted: Wanted, order: str) -> None:
    if not found.calls:
        _nothing(wanted, st.query_params.get("before"))
        return
    if wanted.words:
        hits(found.calls, wanted.words)
    else:
        calls(found.calls, order)
    _beside(found, wanted, order)


def _known(id: str) -> bool:
    try:
        store.call(session.lab().store.read, session.who(), id)
    except BadInput:
        return False
    return True


def _beside(found: Page, wanted: Wanted, order: str) -> None:
    """The ways to the pages in front and behind, and to all calls at once."""
    front, behind = BESIDE.get(order, ("Previous", "Next"))
    with st.container(horizontal=True, vertical_alignment="center", key="logs-beside"):
        st.button(
            front,
            key="logs-newer",
            icon=":material/chevron_left:",
            disabled=found.newer is None,
            on_click=go,
            args=(None, found.newer),
        )
        st.button(
            behind,
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
        empty("No more calls", "This is the end of the list.")
        st.button("To its beginning", key="logs-newest", on_click=go, args=(None,))
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
