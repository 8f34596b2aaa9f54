"""Whether everything that the lab needs is there and works, as `lab doctor` says it."""

from __future__ import annotations

import os
from collections.abc import Iterable

import streamlit as st

from lab.engine import health as looks
from lab.ui import session
from lab.ui.parts.notices import plain

BADGES = {
    "ok": ("fine", ":material/check_circle:", "green"),
    "warn": ("look", ":material/warning:", "orange"),
    "fail": ("broken", ":material/error:", "red"),
}


def health() -> None:
    """The key, the endpoints, the database, the packages."""
    lab = session.lab()
    st.caption(
        "`lab doctor` says the same on the command line. A key is named by where it was found, never shown."
    )
    with st.container(horizontal=True, vertical_alignment="center", key="settings-again"):
        st.subheader("Key and endpoints", anchor=False, width="content")
        st.button(
            "Ask again",
            key="settings-reach",
            icon=":material/refresh:",
            type="tertiary",
            on_click=_reached.clear,
        )
    _found("key", [*looks.safely(looks.key, os.environ), *_reached(str(lab.store.path))])
    st.subheader("Database", anchor=False)
    _found("database", looks.safely(looks.database, lab.store))
    st.subheader("The rest", anchor=False)
    rest = [*looks.settings(lab.settings, os.environ), *looks.safely(looks.models, lab.settings)]
    _found("rest", [*rest, *looks.telemetry(os.environ), *looks.versions()])


@st.cache_data(ttl=60, max_entries=4, show_spinner="Asking the endpoints …")
def _reached(path: str) -> list[looks.Finding]:
    return list(looks.safely(session.lives().reach))


def _found(name: str, findings: Iterable[looks.Finding]) -> None:
    with st.container(gap="xsmall", key=f"settings-{name}"):
        for level, what, found in findings:
            word, icon, colour = BADGES[level]
            st.markdown(f":{colour}-badge[{icon} {word}] **{plain(what)}** {plain(found)}")
