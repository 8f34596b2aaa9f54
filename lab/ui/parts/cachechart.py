"""What the prompt cache did, day by day: the tokens of prompts, and what was saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import streamlit as st

from lab import figures
from lab.cache import Cached
from lab.cost import DOLLAR
from lab.gains import gain
from lab.store import Day

COLOURS = {"read": "#009E73", "written": "#D55E00", "neither": "#8C8C8C"}
"""Of the tokens of a prompt."""
WIDTH = 0.75 * 24 * 3600 * 1000
"""Of a day's bar, in milliseconds, also where it stands alone."""


def cache_charts(by_day: Mapping[str | None, Cached], days: Sequence[Day]) -> None:
    """Two pictures beside each other."""
    tokens, saved = st.columns(2)
    with tokens:
        st.caption("Tokens of prompts", help=TOKENS)
        _drawn("cache-tokens", _tokens(by_day), days, "", f"Tokens of prompts by day: {_told(by_day)}")
    with saved:
        st.caption("What the cache saved", help=SAVED)
        _drawn("cache-saved", _saved(by_day), days, "$", f"What the cache saved by day: {_told(by_day)}")


TOKENS = "Read from the cache, written to it, and neither. The table by day has the numbers."
SAVED = (
    "Against the same tokens at the plain input price. Below the line writing cost more than reading saved. "
    "The table by day has the numbers."
)


def _tokens(by_day: Mapping[str | None, Cached]) -> list[Any]:
    counts = {
        "read": [one.read for one in by_day.values()],
        "written": [one.written for one in by_day.values()],
        "neither": [one.input for one in by_day.values()],
    }
    return [_bar(name, by_day, each, COLOURS[name], "%{y:,}") for name, each in counts.items()]


def _saved(by_day: Mapping[str | None, Cached]) -> list[Any]:
    amounts = [one.saved / DOLLAR for one in by_day.values()]
    colours = [COLOURS["read"] if amount >= 0 else COLOURS["written"] for amount in amounts]
    said = [_gained(one) for one in by_day.values()]
    return [_bar("saved", by_day, amounts, colours, "%{customdata}", said)]


def _bar(
    name: str, by_day: Mapping[str | None, Cached], heights: Sequence[float], colour: Any, shown: str,
    said: Sequence[str] | None = None,
) -> Any:  # fmt: skip
    import plotly.graph_objects as go

    return go.Bar(
        x=list(by_day),
        y=heights,
        name=name,
        width=WIDTH,
        customdata=said,
        marker={"color": colour, "line": {"width": 0}},
        hovertemplate=f"%{{x|%-d %b}}: {shown}<extra>{name}</extra>",
    )


def _drawn(key: str, bars: Sequence[Any], days: Sequence[Day], prefix: str, alt: str) -> None:
    import plotly.graph_objects as go

    half = timedelta(hours=12)
    ends = [datetime.combine(day, time()) + way for day, way in ((days[0][0], -half), (days[-1][0], half))]
    layout = {
        "barmode": "stack",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 0},
        "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "itemclick": False},
        "showlegend": len(bars) > 1,
        "xaxis": {"type": "date", "range": ends, "fixedrange": True, "title": None, "tickformat": "%-d %b"},
        "yaxis": {"tickprefix": prefix, "rangemode": "tozero", "fixedrange": True, "title": None},
    }
    st.plotly_chart(
        go.Figure(list(bars), layout), key=key, height=240, config={"displayModeBar": False}, alt=alt
    )


def _told(by_day: Mapping[str | None, Cached]) -> str:
    return ", ".join(
        f"{day} {figures.percent(one.rate)} of tokens read, saved {_gained(one)}"
        for day, one in by_day.items()
    )


def _gained(one: Cached) -> str:
    return gain(one.saved, one.untold, one.calls)
