"""Everything that is shown a page at a time, to be taken away as a file."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from lab.store import Wanted, as_query

FORMS = {
    "csv": ("CSV, for spreadsheets", ":material/table:"),
    "jsonl": ("JSONL, which loses nothing", ":material/data_object:"),
}


def takeaway(wanted: Wanted) -> None:
    """Draw the ways to download all calls that match. The server sends them itself: none are read here."""
    with st.popover("Export", icon=":material/download:", type="tertiary", key="logs-export"):
        st.caption("Every call that matches, not just this page.")
        for form, (label, icon) in FORMS.items():
            url = f"/export/calls.{form}?{urlencode(as_query(wanted))}"
            st.link_button(label, url, icon=icon, type="tertiary", key=f"logs-export-{form}")
