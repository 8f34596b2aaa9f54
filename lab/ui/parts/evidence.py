"""The evidence of a check that goes on until it is decided, case by case, against what it has to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import evals
from lab.errors import LabError
from lab.types import Principal
from lab.ui import session
from lab.ui.parts.gate import COLOURS
from lab.ui.parts.notices import plain

LEAST = 0.01
"""Evidence below this is drawn there: it says nothing."""
FEW = 8
"""Steps each of which has its mark on the axis."""
READ = """After each case it is reckoned what somebody would own who began with 1 and bet on every case:
against that the new version is not worse (once that is enough, it fails), and against that it is worse by the
margin or more (it passes). Where a claim is true, nobody ever gets so far oftener than once in 25 times. Once
cases are repeated it takes more."""


def evidence(run: Mapping[str, Any]) -> None:
    """Of a run that goes on, or went on, until it was decided; nothing of any other."""
    try:
        found = _drawn(run["id"], run["state"], session.who(), run)
    except LabError as problem:
        st.caption(plain(f"The evidence cannot be drawn: {problem}"))
        return
    if found is None or not found.looks:
        return
    last = found.looks[-1]
    st.plotly_chart(
        _figure(found),
        key="runs-evidence",
        config={"displayModeBar": False},
        height=250,
        alt=f"After {last.steps:,} steps: {last.not_worse:.3g} of {last.failed_at:g} that it is worse, "
        f"{last.too_much_worse:.3g} of {last.passed_at:g} that it is not by the margin",
    )
    st.caption("The evidence after each case, and what it takes", help=READ)


@st.cache_data(ttl=3, max_entries=20, show_spinner=False)
def _drawn(id: str, state: str, who: Principal, _run: Mapping[str, Any]) -> evals.deciding.Drawn | None:
    """What all who look at a run that goes on are shown for a few seconds."""
    return evals.deciding.drawn(session.lab(), who, _run)


def _figure(found: evals.deciding.Drawn) -> Any:
    import plotly.graph_objects as go

    looks = found.looks
    steps = [look.steps for look in looks]
    most = max(max(look.failed_at, look.passed_at) for look in looks)
    traces = [
        _line(steps, [look.not_worse for look in looks], "worse", "failed"),
        _line(steps, [look.too_much_worse for look in looks], "not worse by the margin", "passed"),
    ]
    bars = {"fails at": [look.failed_at for look in looks], "passes at": [look.passed_at for look in looks]}
    if bars["fails at"] == bars["passes at"]:
        bars = {"decides": bars["fails at"]}
    traces += [_bar(steps, values, name) for name, values in bars.items()]
    layout = {
        "margin": {"l": 8, "r": 16, "t": 8, "b": 8},
        "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "itemclick": False},
        "xaxis": {
            "fixedrange": True,
            "rangemode": "tozero",
            "showgrid": False,
            "tickformat": ",d",
            "dtick": 1 if steps[-1] < FEW else None,
        },
        "yaxis": {
            "type": "log",
            "fixedrange": True,
            "range": [-2, 2.3 if most < 120 else 2.8],
            "tickvals": [0.01, 0.1, 1, 10, 100],
            "ticktext": ["0.01", "0.1", "1", "10", "100"],
        },
        "hovermode": "x unified",
    }
    if steps[-1] > found.round:
        layout |= _all_came(found.round)
    return go.Figure(traces, layout)


def _all_came(at: int) -> dict[str, Any]:
    """Where every case was there once, and the first is asked again."""
    line = {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1}
    words = {"text": "all cases", "x": at, "xanchor": "right", "y": 0, "yref": "paper", "yanchor": "bottom"}
    return {
        "shapes": [line | {"line": {"width": 1, "dash": "dot", "color": COLOURS["invalid"]}}],
        "annotations": [words | {"showarrow": False, "opacity": 0.7}],
    }


def _line(steps: list[int], values: list[float], name: str, state: str) -> Any:
    import plotly.graph_objects as go

    return go.Scatter(
        x=steps,
        y=[max(value, LEAST) for value in values],
        name=name,
        mode="lines",
        line={"color": COLOURS[state], "width": 2.5},
        hovertemplate="%{y:.3g}",
    )


def _bar(steps: list[int], values: list[float], name: str) -> Any:
    import plotly.graph_objects as go

    return go.Scatter(
        x=steps,
        y=values,
        name=name,
        mode="lines",
        line={"color": COLOURS["invalid"], "width": 1.5, "dash": "dash", "shape": "hv"},
        hovertemplate="%{y:g}",
    )
