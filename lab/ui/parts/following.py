"""An answer while it comes."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lab import engine
from lab.engine import Live
from lab.ui import session
from lab.ui.parts.fields import filling
from lab.ui.parts.notices import hint, plain
from lab.ui.parts.turn import CLAUDE
from lab.ui.parts.words import words

TICK = 0.03
"""Seconds between two drawings of an answer."""
LONG_TICK = 0.1
"""The same for a long one, which takes the browser longer to draw."""
LONG = 6000
"""Characters above which an answer is long."""
PATIENCE = 10.0
"""Seconds without a first token after which the person is asked whether to go on waiting."""


def follow(live: Live) -> None:
    """Draw the answer as it grows, until it has ended. A rerun or another page takes nothing from the call:
    whoever comes back draws on from where it is then."""
    with st.chat_message("assistant", avatar=CLAUDE):
        body, notice, bottom = st.empty(), st.empty(), st.empty()
    bottom.button(
        "Stop",
        key=f"chat-stop-{live.id}",
        icon=":material/stop_circle:",
        shortcut="Alt+S",
        on_click=session.lives().stop,
        args=(live.id,),
    )
    seen, drawn, asked, due = -1, "", False, 0.0
    while not live.ended:
        text = live.answer.text
        # One place for both: the first word reaches the browser in one message, and is drawn in one go.
        shown = _said(live, text) if text else f":shimmer[{label(live)}]"
        if shown == drawn:
            st.session_state.get("pulse")  # where Streamlit lets another click take over, as at every drawing
        else:
            drawn = shown
            body.markdown(shown)
            if text:
                due = time.monotonic() + (LONG_TICK if len(text) > LONG else TICK)
        if text and asked:
            asked = False
            notice.empty()
        elif not text and not asked and time.monotonic() - live.began > PATIENCE:
            asked = True
            _slow(notice, live)
        seen = live.wait(seen, 0.1)
        if (early := due - time.monotonic()) > 0:
            time.sleep(early)


def _said(live: Live, text: str) -> str:
    """The answer so far: its fields where it follows a schema, else its words."""
    if (value := live.answer.json) is None:
        return words(text)
    return filling(value, engine.schema(live.request.options))


def label(live: Live) -> str:
    """What is going on before the answer comes."""
    if live.answer.note and not live.answer.started:
        return plain(live.answer.note.text)
    if live.answer.started:
        return "Thinking"
    return f"Waiting for {plain(live.request.model)}"


def _slow(place: DeltaGenerator, live: Live) -> None:
    with place.container():
        hint(f"No first word after {PATIENCE:.0f} s. It may still come.", ":material/hourglass_top:")
        st.button(
            "Stop and ask again",
            key=f"chat-anew-{live.id}",
            icon=":material/refresh:",
            on_click=session.anew,
            args=(live,),
        )
