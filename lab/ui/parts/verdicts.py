"""What the gate said of a dataset's runs, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lab import evals
from lab.evals import Said
from lab.ui.parts.gate import COLOURS, SHUT, SYMBOLS, WIDTH
from lab.ui.parts.runchart import run_chart
from lab.ui.parts.times import clock

TICKS = 8


def verdicts(found: Sequence[Said]) -> None:
    """An interval for each; a click opens the run."""
    run_chart(
        _figure(found),
        "runs-verdicts",
        260,
        lambda point: point["customdata"][0],
        "What the gate said of each run; the list below has the runs",
    )
    st.caption(
        "What the gate found from run to run: the difference in points to what each was held against, with "
        "what it may be (90 %). Red is not let through. Of several measures it is the one that may have "
        "dropped most; simulated answers are drawn pale."
    )


def _figure(found: Sequence[Said]) -> Any:
    import plotly.graph_objects as go

    margin = max(each.margin for each in found) * 100
    least, most = evals.gating.reach((each.low * 100, each.high * 100, each.margin * 100) for each in found)
    room = (most - least) / 20
    places = range(0, len(found), -(-len(found) // TICKS))
    shut = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": least - room, "y1": -margin}
    layout = {
        "margin": {"l": 12, "r": 16, "t": 8, "b": 0},
        "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "itemclick": False},
        "showlegend": True,
        "xaxis": {
            "range": [-0.5, len(found) - 0.5],
            "tickvals": [*places],
            "ticktext": [clock(found[place].at) for place in places],
            "fixedrange": True,
            "showgrid": False,
        },
        "yaxis": {
            "range": [least - room, most + room],
            "fixedrange": True,
            "zeroline": True,
            "zerolinewidth": 2,
        },
        "shapes": [shut | {"fillcolor": SHUT, "line": {"width": 0}, "layer": "below"}],
        "clickmode": "event+select",
    }
    return go.Figure([trace for state in COLOURS for trace in _traces(state, found)], layout)


def _traces(state: str, found: Sequence[Said]) -> list[Any]:
    import plotly.graph_objects as go

    some = [(place, each) for place, each in enumerate(found) if each.state == state]
    if not some:
        return []
    spans = [(each.value * 100, each.low * 100, each.high * 100) for _, each in some]
    return [
        go.Scatter(
            x=[place for place, _ in some],
            y=[value for value, _, _ in spans],
            error_y={
                "array": [high - value for value, _, high in spans],
                "arrayminus": [value - low for value, low, _ in spans],
                "thickness": WIDTH,
                "width": 0,
            },
            name=state,
            mode="markers",
            marker={
                "size": 11,
                "color": COLOURS[state],
                "symbol": SYMBOLS[state],
                "opacity": [0.5 if each.simulated else 1.0 for _, each in some],
            },
            customdata=[_told(each) for _, each in some],
            hovertemplate="%{customdata[1]}, %{customdata[2]} against %{customdata[3]}<br>%{customdata[4]}: "
            "%{y:+.1f} points (%{customdata[5]})<extra>%{fullData.name}</extra>",
        )
    ]


def _told(said: Said) -> tuple[str, ...]:
    """The run, and what is shown of it beside its place."""
    span = evals.gating.span(said.low, said.high)
    return said.run, clock(said.at), said.variant, said.old, said.measure, span
