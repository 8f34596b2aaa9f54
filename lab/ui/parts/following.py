"""An answer while it comes."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lab.engine import Live
from lab.ui import session
from lab.ui.parts.growing import PATIENCE, Growing, heard, rest
from lab.ui.parts.notices import hint
from lab.ui.parts.turn import CLAUDE


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
    growing, asked = Growing(body, "content"), False
    with heard({growing: live}) as bell:
        while not live.ended:
            bell.clear()
            growing.draw(live)
            late = time.monotonic() - live.began > PATIENCE and not live.answer.text
            if late != asked:
                asked = late
                _slow(notice, live) if late else notice.empty()
            st.session_state.get("pulse")  # where Streamlit lets another click take over
            rest(bell, [growing])


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
