"""What calls cost, why that rose, and what the prompt cache did about it."""

from __future__ import annotations

import streamlit as st

from lab.ui import parts

TITLE, ICON, PLACE = "Costs", ":material/payments:", 7

VIEWS = {"spending": "Spending", "why": "Why it rose", "cache": "Cache"}


def page() -> None:
    st.title("Costs", anchor=False)
    view = parts.pick("View", "view", list(VIEWS), "spending", "costs-view", VIEWS.get, tabs=True)
    if view == "why":
        parts.rise()
    elif view == "cache":
        parts.caching()
    else:
        parts.spending()
