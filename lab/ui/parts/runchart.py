"""A picture of runs, each of whose points leads to its run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from lab.ui.parts.links import address
from lab.ui.parts.runtable import FRESH


def run_chart(figure: Any, key: str, height: int, run: Callable[[Mapping[str, Any]], str], alt: str) -> None:
    """Draw a figure, in so many pixels; `run` tells the run of a point that is clicked."""
    st.plotly_chart(
        figure,
        key=key,
        config={"displayModeBar": False},
        height=height,
        on_select=lambda: _open(key, run),
        selection_mode="points",
        alt=alt,
    )


def _open(key: str, run: Callable[[Mapping[str, Any]], str]) -> None:
    for point in st.session_state[key].selection.points:
        address(**FRESH, run=run(point))
