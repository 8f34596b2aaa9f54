"""A check's saved answers to be graded again: what that means, and the button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import evals
from lab.errors import LabError
from lab.ui import session
from lab.ui.parts.links import address
from lab.ui.parts.notices import error, plain
from lab.ui.parts.runtable import FRESH

HELP = "Its saved answers, by the graders as they are now; only judges are asked."


def regrading_button(found: Mapping[str, Any]) -> None:
    """Opens what `regrading` draws."""
    st.button(
        "Grade again",
        key="runs-regrade",
        icon=":material/rule:",
        help=HELP,
        disabled=found["state"] == "running",
        on_click=_ask,
        args=(found["id"],),
    )


def regrading(found: Mapping[str, Any]) -> None:
    """What grading it again would take, once somebody asked."""
    if st.session_state.get("runs-regraded") != found["id"]:
        return
    with st.container(border=True, key="runs-regrading"):
        judges = st.toggle("Ask judges", True, key="runs-regrade-judges")
        try:
            st.markdown(plain(_words(found["id"], judges)))
        except LabError as fault:
            error(str(fault))
            ready = False
        else:
            ready = True
        with st.container(horizontal=True, key="runs-regrade-choice"):
            st.button(
                "Grade them",
                key="runs-regrade-sure",
                type="primary",
                disabled=not ready,
                on_click=_start,
                args=(found["id"], judges),
            )
            st.button("Cancel", key="runs-regrade-not", on_click=_ask, args=(None,))


@st.cache_data(ttl=10, max_entries=20, show_spinner="Reading the answers …")
def _words(id: str, judges: bool) -> str:
    return evals.regraded(session.lab(), session.who(), id, judges=judges).words


def _ask(id: str | None) -> None:
    st.session_state["runs-regraded"] = id


def _start(id: str, judges: bool) -> None:
    _ask(None)
    try:
        [new] = evals.start_regrading(session.lives(), session.who(), id, judges)
    except LabError as fault:
        st.session_state["runs-problem"] = str(fault)
        return
    address(**FRESH | {"run": new})
