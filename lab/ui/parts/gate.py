"""What the gate found, drawn: each difference with its interval, against the drop that is not let through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lab import evals
from lab.ui.parts import sheets
from lab.ui.parts.notices import plain

WIDTH = 3
"""Of an interval's line, in pixels."""
COLOURS = {"passed": "#009E73", "failed": "#B43C1E", "inconclusive": "#0072B2", "invalid": "#696969"}
SYMBOLS = {"passed": "circle", "failed": "x", "inconclusive": "diamond-open", "invalid": "circle-open"}
SHUT = "rgba(180, 60, 30, 0.14)"
"""Where a difference is not let through."""
ROW, FRAME = 48, 72
"""Pixels of a row, and of what stands around them."""
READ = """The sign is the difference that was seen, the line what it may be (90 %), and the red a drop that is
not let through. It passes where the whole line is outside the red, and fails where all of it is below 0 and
some of it red; else it is open."""


def gate(decisions: Sequence[Mapping[str, Any]], key: str) -> None:
    """The picture and the figures of decisions as a run's summary has them."""
    seen = [(decision, measure) for decision in decisions for measure in decision["measures"]]
    if not seen:
        return
    st.plotly_chart(
        _figure(seen),
        key=key,
        config={"displayModeBar": False},
        height=FRAME + ROW * len(seen),
        alt="; ".join(_told(decision, measure) for decision, measure in seen),
    )
    olds = dict.fromkeys(decision["old"] for decision in decisions)
    st.caption(plain(f"In points, against {' and '.join(olds)}"), help=READ)
    with st.expander("The gate's figures", icon=":material/balance:"):
        st.dataframe(
            evals.gating.measures(decisions), hide_index=True, key=f"{key}-rows", alt="The gate's figures"
        )


def weighed(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """What the gate says of a run against an earlier one, with the picture."""
    if found := sheets.held(before, after):
        for decision in found:
            colour = COLOURS[decision["state"]]
            said = f':color[**{decision["state"].capitalize()}**]{{foreground="{colour}"}}'
            st.markdown(f"{said} · {plain(decision['sentence'])}")
        gate(found, "runs-weighed")


def _told(decision: Mapping[str, Any], measure: Mapping[str, Any]) -> str:
    span = evals.gating.span(measure["low"], measure["high"])
    return f"{decision['new']}, {measure['name']}: {measure['value'] * 100:+.1f} points ({span})"


def _figure(seen: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Any:
    import plotly.graph_objects as go

    margin = max(decision["margin"] for decision, _ in seen) * 100
    least, most = evals.gating.reach(
        (measure["low"] * 100, measure["high"] * 100, decision["margin"] * 100) for decision, measure in seen
    )
    room = (most - least) / 20
    layout = {
        "margin": {"l": 8, "r": 16, "t": 8, "b": 8},
        "showlegend": False,
        "xaxis": {
            "range": [least - room, most + room],
            "tickformat": "~g",
            "fixedrange": True,
            "zeroline": True,
            "zerolinewidth": 2,
            "nticks": 7,
        },
        "yaxis": {"fixedrange": True, "range": [len(seen) - 0.2, -0.6], "showgrid": False, "visible": False},
        "annotations": [
            _mark("too low", -margin, "right"),
            _mark("as before", 0, "left"),
        ],
        "shapes": [
            {
                "type": "rect",
                "xref": "x",
                "yref": "paper",
                "x0": least - room,
                "x1": -margin,
                "y0": 0,
                "y1": 1,
                "fillcolor": SHUT,
                "line": {"width": 0},
                "layer": "below",
            }
        ],
    }
    return go.Figure([_trace(row, *each) for row, each in enumerate(seen)], layout)


def _mark(words: str, at: float, side: str) -> dict[str, Any]:
    """What a place on the axis means, written beside it at the bottom."""
    return {
        "text": words,
        "x": at,
        "xanchor": side,
        "y": 0,
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "opacity": 0.7,
    }


def _trace(row: int, decision: Mapping[str, Any], measure: Mapping[str, Any]) -> Any:
    import plotly.graph_objects as go

    value, low, high = (measure[name] * 100 for name in ("value", "low", "high"))
    colour = COLOURS[decision["state"]]
    return go.Scatter(
        x=[value],
        y=[row],
        error_x={"array": [high - value], "arrayminus": [value - low], "thickness": WIDTH, "width": 7},
        mode="markers+text",
        text=[evals.gating.named(decision, measure)],
        textposition="top center",
        marker={"size": 12, "color": colour, "symbol": SYMBOLS[decision["state"]], "line": {"width": 2}},
        hovertemplate=f"%{{x:+.1f}} points, {low:+.1f} to {high:+.1f}: {decision['state']}<extra></extra>",
    )
