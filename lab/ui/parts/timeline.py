"""How a dataset's pass rates went over time, and what the gate said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lab import evals, store
from lab.evals import Line
from lab.ui import session
from lab.ui.parts.colours import Look, looks
from lab.ui.parts.notices import empty
from lab.ui.parts.runchart import run_chart
from lab.ui.parts.runtable import runtable
from lab.ui.parts.times import clock
from lab.ui.parts.verdicts import verdicts

LONGEST = 100
"""Runs that are looked back upon."""
TICKS = 8


def timeline(dataset: str) -> None:
    """A line for each prompt and model; a click on a point, or in the list, opens that run."""
    runs = store.runs(session.lab().store.read, session.who(), LONGEST, dataset=dataset)
    lines = evals.history(runs)
    if not lines:
        empty("No pass rates yet", "They are drawn for checks that were graded and came to an end.")
    else:
        run_chart(
            _figure(lines),
            "runs-timeline",
            340,
            lambda point: point["x"],
            "Pass rate of each run; the list below has the numbers",
        )
        st.caption(
            "A new version of the prompt is named where it first stands. What the simulated Claude answered "
            "is dotted, and never on one line with real answers."
        )
    if said := evals.verdicts(runs):
        verdicts(said)
    if runs:
        runtable(runs)


def _figure(lines: Sequence[Line]) -> Any:
    import plotly.graph_objects as go

    when = dict(sorted((point.run, point.at) for line in lines for point in line.points))
    runs = list(when)
    ticks = runs[:: -(-len(runs) // TICKS)]
    layout = {
        "margin": {"l": 12, "r": 28, "t": 12, "b": 0},
        "legend": {"orientation": "h", "y": -0.15, "yanchor": "top", "itemclick": False},
        "showlegend": True,
        "xaxis": {
            "type": "category",
            "categoryarray": runs,
            "tickvals": ticks,
            "ticktext": [clock(when[run]) for run in ticks],
            "range": [-0.5, len(runs) - 0.5],
            "fixedrange": True,
            "title": None,
        },
        "yaxis": {"range": [-0.04, 1.1], "tickformat": ".0%", "fixedrange": True, "title": None},
        "clickmode": "event+select",
    }
    styles = looks([line.name for line in lines])
    return go.Figure([_trace(line, look) for line, look in zip(lines, styles, strict=True)], layout)


def _trace(line: Line, look: Look) -> Any:
    import plotly.graph_objects as go

    points = line.points
    return go.Scatter(
        x=[point.run for point in points],
        y=[point.rate for point in points],
        name=f"{line.name} (simulated)" if line.simulated else line.name,
        mode="lines+markers+text",
        text=[f"@{point.version}" if point.new else "" for point in points],
        textposition="top center",
        line={"dash": "dot" if line.simulated else "solid", "color": look.colour},
        marker={"size": 9, "symbol": f"{look.symbol}-open" if line.simulated else look.symbol},
        customdata=[(clock(point.at), point.version, point.passed, point.graded) for point in points],
        hovertemplate="%{customdata[0]}, version %{customdata[1]}: %{y:.1%}, "
        "%{customdata[2]} of %{customdata[3]}<extra>%{fullData.name}</extra>",
    )
