"""A piece of a page that is drawn by itself, again and again where something goes on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from lab.errors import LabError
from lab.ui.parts.notices import error

P = ParamSpec("P")


def watched(draw: Callable[P, None], every: float | None) -> Callable[P, None]:
    """`draw`, every so many seconds, or (None) when something in it is clicked. What is wrong is a sentence:
    nothing round the page catches it when only this piece is drawn."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            draw(*args, **kwargs)
        except LabError as fault:
            error(str(fault))

    return st.fragment(drawn, run_every=every)
