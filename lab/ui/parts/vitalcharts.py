"""Lines over time, of each model or version, with what guides advise as a line to stay below or above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from lab.engine import served, vitals
from lab.objectives import GUIDES
from lab.store import Day
from lab.ui.parts.colours import Look, looks, marked
from lab.ui.parts.figures import charted, drawable
from lab.ui.parts.notices import plain

CHARTED = 8
"""Lines of a picture."""
DRAWN = {
    "speed": ("first token", "total", "speed", "errors"),
    "quality": ("refusals", "cut off", "follow-ups", "thumbs", "turns"),
}
"""The pictures of each group, named as in `served.MEANING`."""
HEADS = {
    "first token": "First token, p95",
    "total": "Total, p95",
    "speed": "Tokens a second, median",
    "errors": "Errors",
    "refusals": "Refusals",
    "cut off": "Cut off at max_tokens",
    "follow-ups": "Followed by another question",
    "thumbs": "Thumbs up",
    "turns": "Turns to resolution, median",
}
TARGETS = {guide.name: guide.target / (100 if guide.measure == "errors" else 1) for guide in GUIDES}
GREY = "#8C8C8C"
STROKES = {"solid": "", "dash": "╌╌", "dot": "┈┈", "dashdot": "─·", "longdash": "— —", "longdashdot": "—·"}
"""How the lines of one model's versions are told apart, in letters."""

Key = tuple[Any, ...]


def charts(
    group: str, names: Mapping[Key, str], found: Mapping[Key, vitals.Vitals], days: Sequence[Day]
) -> None:
    """The pictures of a group, two beside each other; `found` is by day and the keys of `names`."""
    drawn = dict(zip([*names][:CHARTED], looks([*names.values()][:CHARTED]), strict=True))
    shown = {key: f"{plain(drawable(names[key]))} {STROKES[look.dash]}" for key, look in drawn.items()}
    st.markdown(" · ".join(marked(drawable(key[-1]), name) for key, name in shown.items()))
    for place, name in zip(_places(len(DRAWN[group])), DRAWN[group], strict=True):
        with place:
            st.markdown(f"**{HEADS[name]}**{_advised(name)}", help=served.MEANING[name])
            lines = [_line(name, key, names[key], look, found, days) for key, look in drawn.items()]
            _chart(name, [line for line in lines if line is not None])


def _places(many: int) -> list[Any]:
    found: list[Any] = []
    while len(found) < many:
        found += [column.container(gap=None) for column in st.columns(2)]
    return found[:many]


def _line(
    name: str, key: Key, shown: str, look: Look, points: Mapping[Key, vitals.Vitals], days: Sequence[Day]
) -> Any:
    """A line with a gap where there is nothing to tell; None where there never is."""
    import plotly.graph_objects as go

    each = [points.get((day.isoformat(), *key)) for day, _, _ in days]
    values = [None if one is None else served.value(one, name) for one in each]
    if all(value is None for value in values):
        return None
    unit = {"first token": " s", "total": " s", "speed": " tokens/s"}.get(name, "")
    form = ".2%" if name in served.RATES else ",.3~g"
    hover = f"%{{x|%-d %b %H:%M}}: %{{y:{form}}}{unit}, of %{{customdata:,}}"
    return go.Scatter(
        x=[begins for _, begins, _ in days] if _hourly(days) else [day for day, _, _ in days],
        y=values,
        customdata=[0 if one is None else served.of(one, name) for one in each],
        name=charted(shown),
        mode="lines+markers",
        line={"color": look.colour, "dash": look.dash, "width": 2},
        marker={"size": 6, "symbol": look.symbol},
        hovertemplate=(hover if _hourly(days) else hover.replace(" %H:%M", ""))
        + "<extra>%{fullData.name}</extra>",
    )


def _chart(name: str, lines: Sequence[Any]) -> None:
    import plotly.graph_objects as go

    if not lines:
        st.caption("Nothing to draw: no answer of this time has it.")
        return
    figure = go.Figure(lines, _layout(name))
    if name in TARGETS:
        figure.add_hline(TARGETS[name], line={"color": GREY, "dash": "dot", "width": 1.5})
    st.plotly_chart(
        figure,
        key=f"health-{name}",
        height=240,
        config={"displayModeBar": False},
        alt=f"{HEADS[name]} over time; the table below has the numbers",
    )


def _advised(name: str) -> str:
    """What the dotted line is, beside the head: lines would run through words in the picture."""
    if name not in TARGETS:
        return ""
    target = f"{TARGETS[name]:.0%}" if name in served.RATES else f"{TARGETS[name]:g}"
    unit = " s" if name in ("first token", "total") else ""
    return f" :gray[┈ guides advise {target}{unit}]"


def _layout(name: str) -> dict[str, Any]:
    share = name in served.RATES
    return {
        "margin": {"l": 8, "r": 8, "t": 8, "b": 0},
        "showlegend": False,
        "xaxis": {"type": "date", "fixedrange": True, "title": None},
        "yaxis": {
            "rangemode": "tozero",
            "fixedrange": True,
            "title": None,
            "tickformat": ".1~%" if share else "",
            "ticksuffix": " s" if name in ("first token", "total") else "",
        },
    }


def _hourly(days: Sequence[Day]) -> bool:
    return isinstance(days[0][0], datetime)
