"""What is in force here: settings, models, rules of routing, the state of everything."""

from __future__ import annotations

import streamlit as st

from lab.ui import parts

TITLE, ICON, PLACE = "Settings", ":material/settings:", 8

VIEWS = {"settings": "In force", "models": "Models", "routing": "Routing", "health": "Health"}


def page() -> None:
    st.title("Settings", anchor=False)
    view = parts.pick("View", "view", list(VIEWS), "settings", "settings-view", VIEWS.get, tabs=True)
    if view == "models":
        parts.modellist()
    elif view == "routing":
        parts.routing()
    elif view == "health":
        parts.health()
    else:
        parts.inforce()
        st.subheader("New calls", anchor=False)
        parts.everything_paused()
