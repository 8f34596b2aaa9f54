"""What the gate said of a dataset's runs, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lab.evals import Said
from lab.ui.parts.gate import COLOURS, SHUT, SYMBOLS, WIDTH
from lab.ui.parts.links import address
from lab.ui.parts.runtable import FRESH
from lab.ui.parts.times import clock

KEY = "runs-verdicts"
TICKS = 8


def verdicts(found: Sequence[Said]) -> None:
    """An interval for each; a click opens the run."""
    st.plotly_chart(
        _figure(found),
        key=KEY,
        config={"displayModeBar": False},
        height=260,
        on_select=_chosen,
        selection_mode="points",
        alt="What the gate said of each run; the list below has the runs",
    )
    st.caption(
        "What the gate found from run to run: the difference in points to what each was held against, with "
        "what it may be (90 %). Red is not let through. Of several measures it is the one that may have "
        "dropped most; simulated answers are drawn pale."
    )


def _chosen() -> None:
    for point in st.session_state[KEY].selection.points:
        address(**FRESH, run=point["customdata"][0])


def _figure(found: Sequence[Said]) -> Any:
    import plotly.graph_objects as go

    margin = max(each.margin for each in found) * 100
    least = min(*(each.low * 100 for each in found), -2 * margin)
    most = max(*(each.high * 100 for each in found), margin)
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
    told = [
        (each.run, clock(each.at), each.variant, each.old, each.measure, f"{low:+.1f} to {high:+.1f}")
        for (_, each), (_, low, high) in zip(some, spans, strict=True)
    ]
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
            customdata=told,
            hovertemplate="%{customdata[1]}, %{customdata[2]} against %{customdata[3]}<br>%{customdata[4]}: "
            "%{y:+.1f} points (%{customdata[5]})<extra>%{fullData.name}</extra>",
        )
    ]
