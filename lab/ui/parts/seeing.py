"""What the cases of a dataset can see."""

from __future__ import annotations

import streamlit as st

from lab import evals
from lab.types import Principal
from lab.ui import session
from lab.ui.parts.notices import plain
from lab.ui.parts.shelved import place

HELP = """A drop is seen where the gate says failed four times out of five. Held against a baseline, a check
with too few cases often ends inconclusive: not surely worse, and not surely as good."""


def seeing(name: str) -> None:
    """Of one of the team's. Raises BadInput where it cannot be used."""
    if said := _said(str(place(name)), name, session.who()):
        st.caption(plain(said), help=HELP)


@st.cache_data(ttl=10, max_entries=50, show_spinner=False)
def _said(file: str, name: str, who: Principal) -> str:
    found = evals.sight.sight(session.lab().store.read, who, evals.load(place(name)))
    return found.words() if found else ""
