"""What all columns of a comparison are asked alike, beside the question itself: values and context."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lab import engine
from lab.engine import Column, File, Said, block
from lab.errors import BadInput
from lab.prompts import Variable
from lab.ui import session
from lab.ui.parts.asking import variable
from lab.ui.parts.attached import attached
from lab.ui.parts.columns import prompt_of
from lab.ui.parts.links import address

VALUE, CONTEXT = "compare-value-", "compare-context"


def shared(columns: Sequence[Column]) -> None:
    """A field for each variable of any of the prompts, the context, and the files of the comparison that this
    one is like."""
    found: dict[str, Variable] = {}
    for prompt in filter(None, map(prompt_of, columns)):
        found |= prompt.variables
    like = _like()
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-shared"):
        for name, each in found.items():
            variable(name, each, f"{VALUE}{name}")
        with st.popover("Context", icon=":material/article:", key="compare-context-more"):
            st.text_area(
                "Context for the question",
                key=CONTEXT,
                placeholder="Facts to answer from. They go into the question as a “Context:” block.",
                persist_state="session",
            )
    if like and like.files:
        with st.container(gap="xsmall", key="compare-files"):
            attached([block(file) for file in like.files])
            st.button(
                "Leave these files out",
                key="compare-files-out",
                icon=":material/close:",
                type="tertiary",
                on_click=address,
                kwargs={"like": None},
            )


def said(text: str, files: Sequence[File] = ()) -> Said:
    """A question with what stands in these fields."""
    given = {
        name.removeprefix(VALUE): value
        for name, value in st.session_state.items()
        if isinstance(name, str) and name.startswith(VALUE) and value not in (None, "")
    }
    like = _like()
    along = (*(like.files if like else ()), *files)
    return Said(text, given, (st.session_state.get(CONTEXT) or "").strip() or None, along)


def _like() -> Said | None:
    """What the comparison was asked that the address says this one is like. When somebody comes to it, that
    is put into the fields."""
    id = st.query_params.get("like")
    try:
        found = engine.first_asked(session.lab(), session.who(), id) if id else None
    except BadInput:  # it was deleted meanwhile: the fields stay as they are
        return None
    if found and st.session_state.get("compare-liked") != id:
        fields = {f"{VALUE}{name}": value for name, value in found.values.items()}
        st.session_state.update(fields | {CONTEXT: found.context or ""})
    st.session_state["compare-liked"] = id
    return found
