"""What each example of a few-shot set does: helps, harms, or only costs tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import evals
from lab.evals import Ablation
from lab.ui.parts import sheets
from lab.ui.parts.figures import charted, drawable
from lab.ui.parts.notices import empty, plain
from lab.ui.parts.rows import table

COLOURS = {"helps": "#009E73", "harms": "#D55E00"}
BAR, AROUND, ROWS = 26, 70, 20
"""Pixels of a bar and of what stands round them, and rows that a table shows whole."""
CHANCE = """The bars show how much better the whole set does than without the example, with intervals of 90%:
of ten examples about one seems to help or harm by chance."""


def examples(found: Mapping[str, Any]) -> None:
    """A bar and a verdict for each, and what their order does."""
    of = sheets.ablation(found)
    if of is None or not of.examples:
        empty("Nothing to compare", "The whole set was not asked beside the one without an example.")
        return
    with st.container(gap=None):
        whole = "–" if of.whole is None else f"{of.whole.value:.1%}"
        st.markdown(f"**{plain(of.set)}** as it stands: {whole} {'mean score' if of.scored else 'pass'}")
        st.markdown(plain(evals.order_words(of)))
    st.plotly_chart(
        _bars(of),
        key="runs-examples-bars",
        config={"displayModeBar": False},
        height=BAR * len(of.examples) + AROUND,
        alt="What each example adds to the quality; the table below has the numbers",
    )
    st.caption(CHANCE)
    _numbers(of)


def _numbers(of: Ablation) -> None:
    rows = [
        {
            "example": each.number,
            "verdict": evals.effect_words(each),
            "tokens": evals.token_words(each),
            "1,000 calls": evals.price_words(each),
            "input": drawable(each.input),
        }
        for each in of.examples
    ]
    st.dataframe(
        table(rows),
        key="runs-examples",
        hide_index=True,
        height="content" if len(rows) <= ROWS else 520,
        alt="What each example does and costs",
        column_config={
            "verdict": st.column_config.TextColumn("verdict", width=370),
            "tokens": st.column_config.TextColumn("tokens", help="What it adds to every call."),
            "1,000 calls": st.column_config.TextColumn(
                "1,000 calls", help="What these tokens cost where nothing is read from a cache."
            ),
            "input": st.column_config.TextColumn("input", width="large"),
        },
    )


def _bars(of: Ablation) -> Any:
    import plotly.graph_objects as go

    some = [each for each in of.examples if each.difference]
    bars = go.Bar(
        y=[f"example {each.number}" for each in some],
        x=[each.difference.value for each in some],
        orientation="h",
        marker={"color": [COLOURS.get(each.effect, "#8C8C8C") for each in some], "line": {"width": 0}},
        error_x={
            "array": [each.difference.above for each in some],
            "arrayminus": [each.difference.below for each in some],
            "color": "#8C8C8C",
            "thickness": 1.5,
            "width": 3,
        },
        hovertext=[f"{charted(evals.effect_words(each))}<br>{charted(each.input[:80])}" for each in some],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    layout = {
        "margin": {"l": 12, "r": 28, "t": 0, "b": 0},
        "showlegend": False,
        "xaxis": {"tickformat": "+.0%", "fixedrange": True, "title": None, "zeroline": True},
        "yaxis": {"autorange": "reversed", "fixedrange": True, "title": None},
    }
    return go.Figure([bars], layout)
