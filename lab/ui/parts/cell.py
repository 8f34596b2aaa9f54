"""What a column of a comparison made of a turn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import streamlit as st

from lab.engine import LETTERS, Column
from lab.ui.parts.figures import figured
from lab.ui.parts.links import link
from lab.ui.parts.misses import missed
from lab.ui.parts.notices import error, plain
from lab.ui.parts.turn import outcome, reply

HEIGHT = 320
"""Pixels of an answer, so that nothing below it moves while it grows; a longer one scrolls."""


def heading(number: int, column: Column) -> None:
    """The column's letter and name; what it is, and its note, on hover."""
    about = "  \n".join(
        plain(each) for each in (*(column.changes if column.name else ()), column.note) if each
    )
    if column.name:
        what = " · ".join(filter(None, (column.prompt or "no prompt", column.model)))
        about = "  \n".join(filter(None, (plain(what), about)))
    st.markdown(f"**{LETTERS[number]}** {plain(column.title)}", help=about or None)


def answered_cell(
    call: Mapping[str, Any], best: Collection[str], height: int | str, draw: Callable[[], None] | None
) -> None:
    """An answer that is there; `draw` draws it otherwise."""
    with st.container(height=height, border=False):
        if draw:
            draw()
        else:
            reply(call)
        outcome(call)
    figured(call, best)
    missed(call)


def failed_cell(why: str, height: int | str) -> None:
    """There is no call: why not."""
    with st.container(height=height, border=False):
        error(why)


def actions(number: int, call: Mapping[str, Any] | None, retry: Callable[[int], None] | None) -> None:
    """What can be done about it; `retry` where it is the newest turn."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if retry and (call is None or call["state"] not in ("ok", "started", "streaming")):
            st.button(
                "Retry",
                key=f"compare-retry-{number}",
                icon=":material/refresh:",
                on_click=retry,
                args=(number,),
            )
        if call:
            link("Log", "logs", icon=":material/receipt_long:", call=call["id"])
