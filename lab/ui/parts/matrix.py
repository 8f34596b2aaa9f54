"""What people say against what a judge does, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lab.ui.parts.figures import charted

AGREED, DIFFERED = "0,158,115", "213,94,0"
"""Red, green, blue of where both say the same, and of where they do not."""
FULL = 0.5
"""How strong the fullest square is; its number is read on it, light or dark."""
INK = {"light": "#1B2529", "dark": "#E6EBED"}
"""The text colours of the page, which a chart does not take over."""
CELL, EDGE = 62, 90
"""Pixels of a square, and of the names beside them."""
HALF = 0.48


def matrix(what: str, names: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
    """A square for each two verdicts, people's in rows and the judge's in columns, as strong as it is
    full."""
    import plotly.graph_objects as go

    places = [(row, column) for row in range(len(names)) for column in range(len(names))]
    numbers = go.Scatter(
        x=[column for _, column in places],
        y=[row for row, _ in places],
        text=[f"{counts[row][column]:,}" for row, column in places],
        mode="text",
        textfont={"size": 15, "color": INK["dark" if st.context.theme.type == "dark" else "light"]},
        hoverinfo="skip",
    )
    most = max(map(max, counts)) or 1
    squares = [_square(row, column, counts[row][column] / most) for row, column in places]
    st.caption(f"Verdicts, {what}: green where both say the same, orange where they differ")
    told = [f"people {names[row]}, judge {names[column]}: {counts[row][column]}" for row, column in places]
    st.plotly_chart(
        go.Figure(numbers, _layout(names, squares)),
        key=f"matrix-{what}",
        height=EDGE + CELL * len(names),
        config={"displayModeBar": False},
        alt=f"Confusion matrix. {'; '.join(told)}",
    )


def _square(row: int, column: int, share: float) -> dict[str, Any]:
    colour = AGREED if row == column else DIFFERED
    return {
        "type": "rect",
        "x0": column - HALF,
        "x1": column + HALF,
        "y0": row - HALF,
        "y1": row + HALF,
        "line": {"width": 1, "color": "rgba(128,128,128,0.35)"},
        "fillcolor": f"rgba({colour},{FULL * share:.3f})",
        "layer": "below",
    }


def _layout(names: Sequence[str], squares: Sequence[dict[str, Any]]) -> dict[str, Any]:
    first, last = -0.5, len(names) - 0.5
    axis = {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "tickvals": list(range(len(names))),
        "ticktext": [charted(name) for name in names],
    }
    return {
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "shapes": squares,
        "xaxis": axis | {"side": "top", "title": "the judge", "range": [first, last]},
        "yaxis": axis | {"title": "people", "range": [last, first]},
    }
