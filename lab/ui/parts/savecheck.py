"""What was compared, kept as a dataset for checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lab import evals
from lab.engine import Column
from lab.errors import LabError
from lab.evals import Dataset
from lab.ui import session
from lab.ui.parts.notices import plain


def save_check(
    columns: Sequence[Column], turns: Sequence[Mapping[str, Any]] = (), of: Dataset | None = None
) -> None:
    """A name, and a button that writes the file; what is wrong is said under it."""
    with st.popover("Save as a check", icon=":material/fact_check:", key="compare-save"):
        cases = f"the cases and graders of {of.name}" if of else "what was asked here as its case"
        st.caption(
            plain(f"Writes datasets/<name>.yaml, with these prompts and models, and {cases}. ")
            + "A check puts every prompt to every model."
        )
        st.text_input("Name", key="compare-save-name", placeholder="support-compared")
        st.button("Save", key="compare-save-now", type="primary", on_click=_save, args=(columns, turns, of))
        if done := st.session_state.pop("compare-saved", None):
            good, words = done
            (st.success if good else st.error)(plain(words))


def _save(columns: Sequence[Column], turns: Sequence[Mapping[str, Any]], of: Dataset | None) -> None:
    name = (st.session_state["compare-save-name"] or "").strip()
    try:
        file = evals.saved_check(session.lab(), name, columns, turns, of)
    except LabError as error:
        st.session_state["compare-saved"] = (False, str(error))
    else:
        words = (
            f"Saved as datasets/{file.name}. `lab check {file.stem}` asks it, and so does the Checks page."
        )
        st.session_state["compare-saved"] = (True, words)
