"""Checks: what they found, and a new one."""

from __future__ import annotations

import streamlit as st

from lab.ui import parts

TITLE, ICON, PLACE = "Checks", ":material/fact_check:", 4


def page() -> None:
    if problem := st.session_state.pop("runs-problem", None):
        parts.error(problem)  # what a click could not do, said once
    if run := st.query_params.get("run"):
        parts.run(run)
    elif "new" in st.query_params:
        parts.starting()
    elif name := st.query_params.get("dataset"):
        parts.dataset(name)
    else:
        {"datasets": parts.datasets, "judges": parts.judges}.get(parts.checks_head(), parts.runlist)()
