"""What calls cost together: figures, what has to be known about them, and a bar a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from lab import figures, store
from lab.cost import DOLLAR, dollars
from lab.month import Month
from lab.spent import added
from lab.store import Day, Row
from lab.ui import session
from lab.ui.parts.colours import colour
from lab.ui.parts.figures import HELP, charted, figure

NOTES = {
    "simulated": "Simulated: nobody was billed. This is what Claude would have cost.",
    "replayed": "Replayed from recordings: nobody was asked, and nothing billed.",
}
WIDTH = 0.75 * 24 * 3600 * 1000
"""Of a day's bar, in milliseconds, also where it stands alone."""
CHARTED = 8
"""Models with bars of their own; those that cost less are drawn as one."""
GREY = "#8C8C8C"


def spent(kind: str, rows: Sequence[Row], days: Sequence[Day], month: Month) -> None:
    """The sums of some days, and how they came about."""
    whole = added(row.spent for row in rows)
    with st.container(horizontal=True, key="costs-figures"):
        figure("cost", figures.spending(whole.least, whole.most, whole.unpriced), HELP["costs"])
        figure("a day", figures.spending(whole.least // len(days), whole.most // len(days), 0), HELP["a day"])
        figure("per 1,000 turns", dollars(whole.per_thousand), HELP["per 1,000 turns"])
        so_far = month.so_far
        figure("this month", figures.spending(so_far.least, so_far.most, so_far.unpriced), HELP["this month"])
        if month.expected is not None:
            figure("whole month", f"≈ {dollars(month.expected)} (estimate)", month.how)
        figure("calls", f"{whole.calls:,}", HELP["calls"])
        figure("tokens", f"in {whole.tokens_in:,} · out {whole.output_tokens:,}", HELP["tokens together"])
    with st.container(gap=None, key="costs-notes"):
        if kind in NOTES:
            st.caption(NOTES[kind])
        if whole.estimates:
            cut = f"{figures.many(whole.estimates)} {'was' if whole.estimates == 1 else 'were'} cut off"
            st.caption(f"{cut}: what that cost is an estimate, hatched below.")
        if running := store.running(session.lab().store.read, session.who()):
            are, count = ("is", "counts") if running == 1 else ("are", "count")
            going = f"{figures.many(running)} {are} being made, or out in a batch"
            st.caption(f"{going}, and {count} in the end.")
    st.plotly_chart(
        _bars(rows, days),
        key="costs-days",
        height=300,
        config={"displayModeBar": False},
        alt="Cost of each day by model; the table by day has the numbers",
    )


def _bars(rows: Sequence[Row], days: Sequence[Day]) -> Any:
    """A bar a day: the models on top of each other, then what is only estimated, at the most."""
    import plotly.graph_objects as go

    models = [model for model, one in store.split(rows, "model").items() if one.cost]
    bars = []
    for model in models[:CHARTED]:
        about = {"name": charted(str(model)), "marker": {"color": colour(str(model)), "line": {"width": 0}}}
        bars.append(_bar([row for row in rows if row.model == model], **about))
    if len(models) > CHARTED:
        others = [row for row in rows if row.model in models[CHARTED:]]
        bars.append(_bar(others, name="other models", marker={"color": GREY}))
    rough = {day: one.upper for day, one in store.split(rows, "day").items() if one.upper}
    if rough:
        pattern = {"shape": "/", "fgcolor": GREY, "bgcolor": "rgba(0,0,0,0)", "solidity": 0.4}
        about = {"name": "estimates, at the most", "marker": {"color": GREY, "pattern": pattern}}
        bars.append(_traced({str(day): amount for day, amount in rough.items()}, **about))
    first, last = days[0][0], days[-1][0]
    return go.Figure(bars, _layout(first, last, len(bars) > 1))


def _bar(rows: Sequence[Row], **about: Any) -> Any:
    split = store.split(rows, "day")
    return _traced({str(day): one.cost for day, one in split.items()}, **about)


def _traced(amounts: dict[str, int], **about: Any) -> Any:
    import plotly.graph_objects as go

    heights = [amount / DOLLAR for amount in amounts.values()]
    hover = "%{x|%-d %b}: $%{y:,.4~f}<extra>%{fullData.name}</extra>"
    return go.Bar(x=list(amounts), y=heights, width=WIDTH, hovertemplate=hover, **about)


def _layout(first: date, last: date, legend: bool) -> dict[str, Any]:
    half = timedelta(hours=12)
    ends = [datetime.combine(first, time()) - half, datetime.combine(last, time()) + half]
    return {
        "barmode": "stack",
        "bargap": 0.25,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 0},
        "legend": {"orientation": "h", "y": -0.16, "yanchor": "top", "itemclick": False},
        "showlegend": legend,
        "xaxis": {"type": "date", "range": ends, "fixedrange": True, "title": None, "tickformat": "%-d %b"},
        "yaxis": {"tickprefix": "$", "rangemode": "tozero", "fixedrange": True, "title": None},
    }
