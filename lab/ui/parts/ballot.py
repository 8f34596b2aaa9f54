"""A vote between two answers."""

from __future__ import annotations

import streamlit as st

from lab import store
from lab.store import Verdict
from lab.ui import session
from lab.ui.parts.notices import plain

LOOKS = {
    "better": ("Better", "B"),
    "worse": ("Worse", "W"),
    "tie": ("Tie", "T"),
    "both bad": ("Both bad", "N"),
}


def ballot(call: str, other: str, than: str, verdict: str | None, shortcuts: bool = False) -> None:
    """Four buttons: what this call's answer is, held against the other's. The one that was clicked is marked;
    a further click takes it back."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"vote-{call}-{other}"):
        st.caption(f"Than {plain(than)}:", width="content")
        for each, (label, key) in LOOKS.items():
            chosen = each == verdict
            st.button(
                label,
                key=f"vote-{call}-{other}-{each}",
                type="primary" if chosen else "tertiary",
                icon=":material/check:" if chosen else None,
                shortcut=key if shortcuts else None,
                on_click=_vote,
                args=(call, other, None if chosen else each),
            )


def _vote(call: str, other: str, verdict: Verdict | None) -> None:
    database = session.lab().store
    database.post(store.voted(session.who(), call, other, verdict))
    database.flush()
