"""How many tokens the next question would send, and what that may cost."""

from __future__ import annotations

import streamlit as st

from lab import engine
from lab.engine import Asked
from lab.errors import LabError
from lab.ui import session
from lab.ui.parts.notices import plain


def counting(asked: Asked, key: str) -> None:
    """A button that counts what would be sent with a question of one letter, and what it found, as long as
    nothing of it has changed. `key`: where that is kept."""
    st.button(
        "Count the tokens",
        key=f"{key}-button",
        icon=":material/data_usage:",
        on_click=_count,
        args=(asked, key),
        help="What would be sent by now, without the words of your question. Nothing is sent to a model.",
    )
    known, said = st.session_state.get(key, (None, ""))
    if known == asked:
        st.caption(plain(said))


def _count(asked: Asked, key: str) -> None:
    try:
        request = engine.ask(session.lab(), session.who(), asked)
        said = f"Without the words of your question: {session.lives().forecast(request)}"
    except LabError as error:
        said = str(error)
    st.session_state[key] = (asked, said)
