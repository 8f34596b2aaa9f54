"""Where the time of a call went: a bar, its numbers, and the attempts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import streamlit as st

from lab import figures
from lab.ui.parts.figures import outcome


class Stage(NamedTuple):
    """A stretch of a call's time, in milliseconds."""

    name: str
    ms: float
    about: str
    colour: str


def stages(call: Mapping[str, Any]) -> list[Stage]:
    """What came after what, as far as it was measured; nothing while the call runs."""
    waited, headers, first = call["waited_ms"] or 0, call["headers_ms"], call["first_token_ms"]
    total = call["total_ms"]
    if total is None:
        return []
    began = min(headers or 0, total)
    spoke = total if first is None else min(max(first, began), total)
    before = "until first token" if first is not None else "without a token"
    found = [
        Stage("own wait", waited, "before the last attempt was sent: earlier attempts, pauses", "#8C8C8C"),
        Stage("until headers", began, "until the API began to respond", "#56B4E9"),
        Stage(before, spoke - began, _BEFORE[first is not None], "#0072B2"),
        Stage("streaming", total - spoke, "while the answer came", "#009E73"),
    ]
    return [stage for stage in found if stage.ms > 0]


_BEFORE = {True: "until the model began to write", False: "until the call ended, before any word came"}


def waits(attempts: Sequence[Mapping[str, Any]]) -> list[float | None]:
    """Milliseconds that passed before each attempt, since the end of the one before."""
    times = [
        (datetime.fromisoformat(later["started_at"]) - datetime.fromisoformat(earlier["ended_at"]))
        if earlier["ended_at"]
        else None
        for earlier, later in zip(attempts, attempts[1:], strict=False)
    ]
    found = [None if time is None else max(time.total_seconds(), 0) * 1000 for time in times]
    return [None, *found] if attempts else []


def timing(call: Mapping[str, Any]) -> None:
    """The call's time, drawn and in numbers."""
    found = stages(call)
    if found:
        st.plotly_chart(
            _bar(found),
            key="logs-bar",
            height=150,
            config={"displayModeBar": False},
            alt=", ".join(f"{stage.name} {figures.seconds(stage.ms)}" for stage in found),
        )
    else:
        st.caption("The call is still running." if call["ended_at"] is None else "Nothing was sent.")
    rows = [{"part": each.name, "time": figures.seconds(each.ms), "": each.about} for each in found]
    if rows:
        st.table(rows, hide_index=True, border="horizontal")
    _attempts(call["attempts"])


def _bar(found: Sequence[Stage]) -> Any:
    import plotly.graph_objects as go

    bars = [
        go.Bar(
            y=[""],
            x=[stage.ms],
            name=stage.name,
            orientation="h",
            marker={"color": stage.colour, "line": {"width": 0}},
            hovertemplate=f"{stage.name}: {figures.seconds(stage.ms)}<extra></extra>",
        )
        for stage in found
    ]
    return go.Figure(
        bars,
        {
            "barmode": "stack",
            "margin": {"l": 12, "r": 28, "t": 0, "b": 0},
            "legend": {
                "orientation": "h",
                "y": 1.1,
                "yanchor": "bottom",
                "traceorder": "normal",
                "itemclick": False,
            },
            "xaxis": {"ticksuffix": " ms", "fixedrange": True, "title": None},
            "yaxis": {"visible": False, "fixedrange": True},
            "bargap": 0.35,
        },
    )


def _attempts(attempts: Sequence[Mapping[str, Any]]) -> None:
    st.markdown(f"**{len(attempts)} attempt{'s' * (len(attempts) != 1)}**")
    if not attempts:
        return
    rows = [
        {
            "attempt": attempt["number"],
            "state": outcome({"stop_reason": None, **attempt})[0],
            "status": attempt["status"],
            "wait before": figures.seconds(wait),
            "asked to wait": figures.seconds(attempt["retry_after"] and attempt["retry_after"] * 1000),
            "took": figures.seconds(attempt["total_ms"]),
            "cost": figures.cost(attempt),
            "error": attempt["error"],
        }
        for attempt, wait in zip(attempts, waits(attempts), strict=True)
    ]
    column = st.column_config
    st.dataframe(
        rows,
        key="logs-attempts",
        alt="Attempts",
        hide_index=True,
        placeholder="–",
        column_config={
            "attempt": column.NumberColumn("attempt", help="Requests on the wire, in their order."),
            "status": column.NumberColumn("status", help="The HTTP status; a dash where no response came."),
            "wait before": column.TextColumn("wait before", help="Since the end of the attempt before."),
            "asked to wait": column.TextColumn(
                "asked to wait", help="retry-after: how long the API asked to wait."
            ),
            "took": column.TextColumn("took", help="From its sending to its end."),
            "cost": column.TextColumn("cost", help="A request that the API refused to serve costs nothing."),
        },
    )
