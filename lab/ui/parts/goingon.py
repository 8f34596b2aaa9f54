"""An interrupted check, gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import evals
from lab.errors import LabError
from lab.ui import session

HELP = """Asks what is missing, under the same id. What was answered stays; a call of unknown outcome is not
sent again."""


def going_on(found: Mapping[str, Any]) -> None:
    """The button, where a check has no verdict because it was cut."""
    settings = found["settings"]
    asked = not (settings.get("replayed") or settings.get("regraded"))
    if found["state"] not in ("interrupted", "stopped") or not asked or found["batches"]:
        return
    st.button(
        "Go on",
        key="runs-go-on",
        icon=":material/resume:",
        type="primary",
        help=HELP,
        on_click=_go_on,
        args=(found["id"],),
    )


def _go_on(id: str) -> None:
    try:
        evals.go_on(session.lives(), session.who(), id)
    except LabError as fault:
        st.session_state["runs-problem"] = str(fault)
