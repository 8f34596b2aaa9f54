"""Which cases of a run are looked at: by a tag, and by what they say. Both stand in the address."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import streamlit as st

from lab.evals import Sheet
from lab.ui.parts import sheets
from lab.ui.parts.figures import drawable
from lab.ui.parts.links import address


def narrowed(run: Mapping[str, Any], sheet: Sheet) -> Set[str]:
    """The cases that are left of all."""
    tag, text = st.query_params.get("tag"), st.query_params.get("q", "")
    left: Set[str] = sheet.tagged.get(tag, sheet.tags.keys())
    if sheet.tagged:
        st.session_state["runs-tag"] = tag if tag in sheet.tagged else ""
        st.selectbox(
            "Tag",
            ["", *sheet.tagged],
            format_func=lambda each: (
                drawable(f"{each} ({len(sheet.tagged[each]):,})") if each else "All tags"
            ),
            key="runs-tag",
            label_visibility="collapsed",
            on_change=_narrowed,
            width=165,
        )
    st.session_state["runs-q"] = text
    st.text_input(
        "Search",
        key="runs-q",
        type="search",
        placeholder="Search ids, texts, reasons",
        label_visibility="collapsed",
        icon=":material/search:",
        on_change=_narrowed,
        width=250,
    )
    found = sheets.saying(run, text)
    return left if found is None else found & left


def _narrowed() -> None:
    tag, text = st.session_state.get("runs-tag"), st.session_state["runs-q"].strip()
    address(tag=tag or None, q=text or None, page=None)
