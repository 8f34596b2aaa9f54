"""What all columns of a comparison are asked alike, beside the question itself: values and context."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lab.engine import Column, File, Said
from lab.prompts import Variable
from lab.ui.parts.asking import variable
from lab.ui.parts.columns import prompt_of

VALUE = "compare-value-"


def shared(columns: Sequence[Column]) -> None:
    """A field for each variable of any of the prompts, and the context."""
    found: dict[str, Variable] = {}
    for prompt in filter(None, map(prompt_of, columns)):
        found |= prompt.variables
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-shared"):
        for name, each in found.items():
            variable(name, each, f"{VALUE}{name}")
        with st.popover("Context", icon=":material/article:", key="compare-context-more"):
            st.text_area(
                "Context for the question",
                key="compare-context",
                placeholder="Facts to answer from. They go into the question as a “Context:” block.",
                persist_state="session",
            )


def said(text: str, files: Sequence[File]) -> Said:
    """A question with what stands in these fields."""
    given = {
        name.removeprefix(VALUE): value
        for name, value in st.session_state.items()
        if isinstance(name, str) and name.startswith(VALUE) and value not in (None, "")
    }
    return Said(text, given, (st.session_state.get("compare-context") or "").strip() or None, files)
