"""What many calls cost together: figures, a bar a day, and a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from lab import figures, store
from lab.cost import DOLLAR
from lab.store import Day, Row, Spent
from lab.ui import session
from lab.ui.parts.colours import colour, marked, signed
from lab.ui.parts.figures import HELP, charted, drawable, figure
from lab.ui.parts.rows import table

NOTES = {
    "simulated": "Simulated: nobody was billed. This is what Claude would have cost.",
    "replayed": "Replayed from recordings: nobody was asked, and nothing billed.",
}
LONGEST = 500
"""Rows of a table; the rest, which cost less, is only counted."""
WIDTH = 0.75 * 24 * 3600 * 1000
"""Of a day's bar, in milliseconds, also where it stands alone."""
CHARTED = 8
"""Models with bars of their own; those that cost less are drawn as one."""


def spent(kind: str, rows: Sequence[Row], days: Sequence[Day]) -> None:
    """The sums of some days, and how they came about."""
    whole = store.added(row.spent for row in rows)
    with st.container(horizontal=True, key="costs-figures"):
        figure("cost", figures.spending(whole.least, whole.most, whole.unknown), HELP["costs"])
        figure("a day", figures.spending(whole.least // len(days), whole.most // len(days), 0), HELP["a day"])
        figure("calls", f"{whole.calls:,}", HELP["calls"])
        figure("tokens", f"in {whole.tokens_in:,} · out {whole.tokens_out:,}", HELP["tokens together"])
    with st.container(gap=None, key="costs-notes"):
        if kind in NOTES:
            st.caption(NOTES[kind])
        if whole.estimates:
            st.caption(f"{whole.estimates:,} calls were cut off: their cost is an estimate, hatched below.")
        if whole.running:
            st.caption(f"{whole.running:,} calls are being made now; they count when they have ended.")
        _unknown(rows)
    st.plotly_chart(
        _bars(rows, days),
        key="costs-days",
        height=300,
        config={"displayModeBar": False},
        alt="Cost of each day by model; the table by day has the numbers",
    )


def _unknown(rows: Sequence[Row]) -> None:
    """The models whose price nobody knows: they are in no sum."""
    for model, one in store.split(rows, "model").items():
        if one.unknown:
            said = (
                f"{marked(str(model))}: the price of {one.unknown:,} calls is not known; they are in no sum."
            )
            st.caption(f"{said} Give one under \\[models\\] in lab.toml.")


def spent_by(by: str, rows: Sequence[Row]) -> None:
    """The same, split by one of `store.BY`."""
    split = store.split(rows, by)
    names = (
        store.datasets_of(session.lab().store.read, (name for name in split if name)) if by == "run" else {}
    )
    most = sum(one.most for one in split.values())
    lines = [_line(by, _name(by, name, names), one, most) for name, one in list(split.items())[:LONGEST]]
    column = st.column_config
    st.dataframe(
        table(lines),
        key=f"costs-table-{by}",
        hide_index=True,
        height="content" if len(lines) <= 15 else 560,
        placeholder="–",
        alt=f"Cost by {by}",
        column_config={
            "cost": column.TextColumn("cost", help=HELP["costs"], alignment="right"),
            "share": column.ProgressColumn("share", format="percent", min_value=0, max_value=1, width=110),
            **{
                name: column.NumberColumn(name, help=HELP.get(name), format="localized")
                for name in ("calls", "in", "out", "estimates", "unknown")
            },
        }
        | _named(by, [line[by] for line in lines]),
    )
    if len(split) > LONGEST:
        st.caption(f"And {len(split) - LONGEST:,} more, each of which cost less.")


def _named(by: str, names: Sequence[str]) -> dict[str, Any]:
    """Models in their colours."""
    if by != "model":
        return {by: st.column_config.TextColumn(by, width=220)}
    options = list(dict.fromkeys(name[0] for name in names))
    colours = [f"{colour(name[2:])}40" for name in options]
    return {by: st.column_config.MultiselectColumn(by, options=options, color=colours, width=220)}


def _name(by: str, name: str | None, datasets: dict[str, str]) -> Any:
    if by == "model":
        return [drawable(signed(str(name)))]
    if name is None:
        return {"prompt": "(no prompt)", "run": "(outside of checks)"}.get(by, "–")
    return drawable(f"{datasets.get(name, 'deleted')} · {name}" if by == "run" else name)


def _line(by: str, name: Any, one: Spent, most: int) -> dict[str, Any]:
    return {
        by: name,
        "cost": figures.spending(one.least, one.most, one.unknown),
        "share": one.most / most if most else None,
        "calls": one.calls,
        "in": one.tokens_in,
        "out": one.tokens_out,
        "estimates": one.estimates or None,
        "unknown": one.unknown or None,
    }


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
        bars.append(_bar(others, name="other models", marker={"color": "#8C8C8C"}))
    rough = {day: one.upper for day, one in store.split(rows, "day").items() if one.upper}
    if rough:
        pattern = {"shape": "/", "fgcolor": "#8C8C8C", "bgcolor": "rgba(0,0,0,0)", "solidity": 0.4}
        about = {"name": "estimates, at the most", "marker": {"color": "#8C8C8C", "pattern": pattern}}
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
        "xaxis": {"type": "date", "range": ends, "fixedrange": True, "title": None},
        "yaxis": {"tickprefix": "$", "rangemode": "tozero", "fixedrange": True, "title": None},
    }
