"""The log: calls, conversations, how well answers are served, and what to look at."""

from __future__ import annotations

import streamlit as st

from lab.ui import parts

TITLE, ICON, PLACE = "Logs", ":material/receipt_long:", 6

VIEWS = {"calls": "Calls", "conversations": "Conversations", "health": "Health", "alerts": "Alerts"}


def page() -> None:
    st.title("Logs", anchor=False)
    view = parts.pick("View", "view", list(VIEWS), "calls", "logs-tabs", VIEWS.get, tabs=True)
    if view == "conversations":
        parts.dialogues()
    elif view == "health":
        parts.vitals()
    elif view == "alerts":
        parts.alerts()
    else:
        parts.calllog()
