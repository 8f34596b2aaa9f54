"""Several answers that grow side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from lab.engine import Live
from lab.ui.parts.growing import Growing, heard, rest


def abreast(lives: Mapping[int, tuple[Live, Growing]], ended: Callable[[int], None]) -> None:
    """Draw all of them until the last has ended; `ended` is told each that has. A rerun or another page takes
    nothing from the calls."""
    left = dict(lives)
    with heard({growing: live for live, growing in lives.values()}) as bell:
        while left:
            bell.clear()
            for number, (live, growing) in list(left.items()):
                if live.ended:
                    del left[number]
                    ended(number)
                else:
                    growing.draw(live)
            st.session_state.get("pulse")  # where Streamlit lets another click take over
            if left:
                rest(bell, [growing for _, growing in left.values()])
