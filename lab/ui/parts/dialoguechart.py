"""The turns of a conversation as bars, one below the other: how long each took, and what passed between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lab import figures
from lab.gaps import gap
from lab.ui.parts.colours import colour
from lab.ui.parts.figures import charted, outcome
from lab.ui.parts.links import address

KEY = "dialogue-chart"
ROW, FRAME = 34, 90
"""Pixels of a turn, and of what is round all of them."""
GREY = "#8C8C8C"
PALE = 0.35
"""Of the colour, until the first token."""

Turn = Mapping[str, Any]


def dialogue_chart(turns: Sequence[Turn]) -> None:
    """`turns` are those of `store.dialogue`; a click on a bar opens the call."""
    st.plotly_chart(
        _figure(turns),
        key=KEY,
        config={"displayModeBar": False},
        height=FRAME + ROW * len(turns),
        on_select=_chosen,
        selection_mode="points",
        alt="How long each turn took, and the time between turns; the turns below have the numbers",
    )
    st.caption("Seconds since it was sent: pale until the first token, full while the answer came.")


def _chosen() -> None:
    for point in st.session_state[KEY].selection.points:
        address(view=None, conversation=None, call=point["customdata"][0])


def _figure(turns: Sequence[Turn]) -> Any:
    import plotly.graph_objects as go

    models = list(dict.fromkeys(_model(turn) for turn in turns))
    bars = [bar for model in models for bar in _bars(model, turns)]
    places, labels, before = [], [], None
    for turn in turns:
        since = gap(before, turn["call"])
        places.append(turn["number"])
        labels.append(f"{turn['number']}" if not since else f"{since} · {turn['number']}")
        before = turn["call"]
    layout = {
        "annotations": [_ended(turn) for turn in turns if turn["call"]["state"] != "ok"],
        "barmode": "stack",
        "bargap": 0.4,
        "margin": {"l": 8, "r": 16, "t": 8, "b": 0},
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "itemclick": False, "x": 0},
        "xaxis": {"ticksuffix": " s", "rangemode": "tozero", "fixedrange": True, "title": None},
        "yaxis": {
            "tickvals": places,
            "ticktext": labels,
            "range": [places[-1] + 0.6, places[0] - 0.6],
            "fixedrange": True,
            "title": None,
            "showgrid": False,
        },
    }
    return go.Figure(bars, layout)


def _bars(model: str, turns: Sequence[Turn]) -> list[Any]:
    """Those of a model: until the first token, and from there on."""
    import plotly.graph_objects as go

    mine = [turn for turn in turns if _model(turn) == model]
    first, rest = [], []
    for call in (turn["call"] for turn in mine):
        total = call["total_ms"] or 0
        spoke = total if call["first_token_ms"] is None else min(call["first_token_ms"], total)
        first.append(spoke / 1000)
        rest.append((total - spoke) / 1000)
    return [
        go.Bar(
            y=[turn["number"] for turn in mine],
            x=lengths,
            width=0.6,
            name=charted(model),
            orientation="h",
            legendgroup=model,
            showlegend=shown,
            marker={"color": colour(model), "opacity": opacity, "line": {"width": 0}},
            customdata=[[turn["call"]["id"], charted(_told(turn["call"]))] for turn in mine],
            hovertemplate="%{y}: %{customdata[1]}<extra>%{fullData.name}</extra>",
        )
        for lengths, opacity, shown in ((first, PALE, False), (rest, 1, True))
    ]


def _ended(turn: Turn) -> dict[str, Any]:
    """How a turn ended that got no whole answer, behind its bar."""
    words = charted(outcome(turn["call"])[0])
    place = {"x": (turn["call"]["total_ms"] or 0) / 1000, "y": turn["number"], "xanchor": "left", "xshift": 4}
    return place | {"text": words, "showarrow": False, "font": {"color": GREY, "size": 12}}


def _told(call: Mapping[str, Any]) -> str:
    first, total = (figures.seconds(call[name]) for name in ("first_token_ms", "total_ms"))
    said = outcome(call, call["tries"])[0]
    return f"{said} · first token {first} · total {total} · {figures.cost(call)}"


def _model(turn: Turn) -> str:
    return str(turn["call"]["answered_by"] or turn["call"]["model"])
