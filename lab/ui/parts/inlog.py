"""From sums of calls to the calls themselves, in the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lab import store
from lab.store import Day
from lab.ui import session

OPEN, ROW = "costs-open", "costs-row"
LABEL = "Calls"


def sieved(by: str, name: str | None, kind: str, days: Sequence[Day]) -> dict[str, str] | None:
    """What shows these calls in the log; None where it has no filter for them: those without a prompt, and of
    a model that answered under another name than was asked."""
    if name is None or (by == "model" and name not in store.names_asked(session.lab().store.read, "model")):
        return None
    found = {"kind": kind, "from": days[0][0].isoformat(), "to": days[-1][0].isoformat()}
    if by == "day":
        return found | {"from": name, "to": name}
    if by == "source":
        source, _, endpoint = name.partition(" · ")
        return found | ({"source": source} if kind == "real" else {}) | {"endpoint": endpoint}
    return found | {by: name}


def column() -> Any:
    """A button in each row that has such calls."""
    return st.column_config.ButtonColumn(
        "log",
        help="The calls of the row, in the log: by model those that asked it, of drafts all versions.",
        type="tertiary",
        width=64,
        key=OPEN,
        on_click=_clicked,
    )


def go(by: str, names: Sequence[str | None], kind: str, days: Sequence[Day]) -> None:
    """To the log, where somebody has clicked the button of one of these rows."""
    row = st.session_state.pop(ROW, None)
    if row is not None and row < len(names):
        filters = sieved(by, names[row], kind, days)
        st.switch_page(st.session_state["pages"]["logs"], query_params=filters)


def _clicked() -> None:
    st.session_state[ROW] = st.session_state[OPEN].row
