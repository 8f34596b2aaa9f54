"""A logged call opened in chat, to be sent again or gone on from."""

from __future__ import annotations

import streamlit as st

from lab import engine
from lab.errors import LabError
from lab.ui import session
from lab.ui.parts.notices import error

BEGUN = "logs-replayed"
"""In the session: the conversation to go to, or why there is none."""


def replaying(id: str) -> None:
    """The button. The call and its conversation stay as they are: there is a new one."""
    st.button(
        "Replay in chat",
        key=f"logs-replay-{id}",
        icon=":material/chat_paste_go:",
        type="tertiary",
        on_click=_begin,
        args=(id,),
        help="A new conversation that begins with this call, exactly as it was sent: system text, examples, "
        "tools, schema, thinking and files. Nothing is sent before you say so.",
    )
    conversation, problem = st.session_state.pop(BEGUN, (None, None))
    if problem:
        error(problem)
    elif conversation:
        st.switch_page(st.session_state["pages"]["chat"], query_params={"c": conversation})


def _begin(id: str) -> None:
    try:
        st.session_state[BEGUN] = (engine.replayed(session.lab(), session.who(), id), None)
    except LabError as problem:
        st.session_state[BEGUN] = (None, str(problem))
