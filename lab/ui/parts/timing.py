"""Where the time of a call went: its attempts and the waits between them on one axis, and in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lab import figures
from lab.stretches import FAILED, OWN, REST, ROUND, WAIT, Stretch, parts, stretches, waits
from lab.ui.parts.figures import charted, outcome
from lab.ui.parts.notices import plain
from lab.ui.parts.rows import table

Call = Mapping[str, Any]

LOOKS = {
    OWN: ("#8C8C8C", "before it was first sent: rules, limits, our own pace"),
    WAIT: ("#8C8C8C", "between two attempts: the pause before trying again, our own pace, or tools at work"),
    FAILED: ("#D55E00", "an attempt that gave no answer; its parts were not kept"),
    ROUND: ("#A578F0", "an answer before the last one, as when tools were used; its parts were not kept"),
    "connection": ("#CC79A7", "until there was a connection to the API"),
    "headers": ("#3B94CC", "until the API began to respond"),
    "first token": ("#0072B2", "until the model began to write"),
    REST: ("#0072B2", "until the call ended, before any word came"),
    "streaming": ("#009E73", "while the answer came"),
}
"""The colour of each stretch, and what it is."""
LANE = 34
"""Pixels of an attempt."""


def timing(call: Call) -> None:
    """The call's time, drawn and in numbers."""
    found = stretches(call)
    if found:
        _picture(found, call["attempts"])
    if call["total_ms"] is None:
        st.caption("The call is still running." if call["ended_at"] is None else "Nothing was sent.")
    _undrawn(call["attempts"])
    _parts(call)
    _attempts(call["attempts"])


def _picture(found: Sequence[Stretch], attempts: Sequence[Call]) -> None:
    lanes = max(len(attempts), 1)
    told = [f"{_name(each, lanes)} {figures.seconds(each.ms)}" for each in found]
    st.plotly_chart(
        _drawn(found, {attempt["number"]: attempt for attempt in attempts}),
        key="logs-bar",
        height=116 + LANE * lanes,
        config={"displayModeBar": False},
        alt=f"Where the time went: {', '.join(told)}",
    )


def _name(stretch: Stretch, lanes: int) -> str:
    if stretch.name == WAIT:
        return f"wait before attempt {stretch.attempt}"
    return stretch.name if lanes == 1 else f"attempt {stretch.attempt}: {stretch.name}"


def _drawn(found: Sequence[Stretch], attempts: Mapping[int, Call]) -> Any:
    """A lane for each attempt, in which its stretches begin where they began."""
    import plotly.graph_objects as go

    lanes = max(len(attempts), 1)
    unit, size = ("s", 1000) if max(each.begin + each.ms for each in found) >= 1000 else ("ms", 1)
    bars = []
    for name, (colour, about) in LOOKS.items():
        if mine := [each for each in found if each.name == name]:
            bars.append(
                go.Bar(
                    y=[f"attempt {each.attempt}" for each in mine],
                    base=[each.begin / size for each in mine],
                    x=[each.ms / size for each in mine],
                    customdata=[_hover(each, lanes, attempts.get(each.attempt)) for each in mine],
                    name=name,
                    orientation="h",
                    marker={
                        "color": colour,
                        "line": {"width": 0},
                        "pattern": {"shape": "/" if name == WAIT else "", "size": 6},
                    },
                    hovertemplate=f"%{{customdata}}<br>{about}<extra></extra>",
                )
            )
    return go.Figure(bars, _layout(unit, [f"attempt {number}" for number in attempts]))


def _hover(stretch: Stretch, lanes: int, attempt: Call | None) -> str:
    said = f"{_name(stretch, lanes)}: {figures.seconds(stretch.ms)}, from {figures.seconds(stretch.begin)} on"
    ended = outcome({"stop_reason": None, **attempt})[0] if attempt and stretch.name == FAILED else ""
    status = f" {attempt['status']}" if attempt and ended and attempt["status"] else ""
    return charted(f"{said}; {ended}{status}" if ended else said)


def _layout(unit: str, lanes: Sequence[str]) -> dict[str, Any]:
    return {
        "barmode": "overlay",
        "margin": {"l": 8, "r": 28, "t": 0, "b": 0},
        "legend": {
            "orientation": "h",
            "y": 1.05,
            "yanchor": "bottom",
            "traceorder": "normal",
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "showlegend": True,
        "hoverlabel": {"align": "left"},
        "xaxis": {"ticksuffix": f" {unit}", "rangemode": "tozero", "fixedrange": True, "title": None},
        "yaxis": {
            "visible": len(lanes) > 1,
            "categoryorder": "array",
            "categoryarray": lanes,
            "autorange": "reversed",
            "fixedrange": True,
            "title": None,
        },
        "bargap": 0.35,
    }


def _undrawn(attempts: Sequence[Call]) -> None:
    """What cannot be drawn is said."""
    open_ = [str(each["number"]) for each in attempts[:-1] if each["total_ms"] is None]
    if open_:
        st.caption(f"Not drawn, since its end was not measured: attempt {', '.join(open_)}.")


def _parts(call: Call) -> None:
    """The parts of the last attempt; one that was not measured says so."""
    found, many = parts(call), len(call["attempts"]) > 1
    if not found:
        return
    own = "before the last attempt was sent: earlier attempts and the waits between are in it"
    none = "not measured" if call["state"] == "ok" else "none came, or not measured"
    rows = []
    for name, ms in found.items():
        how = f" ({call['connection']})" if name == "connection" and call["connection"] else ""
        unknown = none if name == "first token" else "not measured"
        about = own if name == OWN and many else LOOKS[name][1]
        rows.append({"part": name + how, "time": unknown if ms is None else figures.seconds(ms), "": about})
    if many:
        st.markdown("**the last attempt**")
    st.table(rows, hide_index=True, border="horizontal")
    if unmeasured := [name for name in ("connection", "headers") if found[name] is None]:
        st.caption(f"Not measured: {' and '.join(unmeasured)}. That time is part of what comes next.")


def _attempts(attempts: Sequence[Call]) -> None:
    """A row for each, and below the table in full what went wrong."""
    st.markdown(f"**{figures.many(len(attempts), 'attempt')}**")
    if not attempts:
        return
    st.dataframe(
        table([_row(*pair) for pair in zip(attempts, waits(attempts), strict=True)]),
        key="logs-attempts",
        alt="Attempts",
        hide_index=True,
        placeholder="–",
        column_config=_columns(),
    )
    for attempt in attempts:
        if attempt["error"]:
            st.caption(plain(f"Attempt {attempt['number']}: {attempt['error']}"))


def _row(attempt: Call, wait: float | None) -> dict[str, Any]:
    first = attempt["number"] == 1
    asked = attempt["retry_after"]
    return {
        "attempt": attempt["number"],
        "state": outcome({"stop_reason": None, **attempt})[0],
        "status": attempt["status"],
        "error": attempt["error_type"],
        "wait before": None if first else "not measured" if wait is None else figures.seconds(wait),
        "took": figures.seconds(attempt["total_ms"]),
        "retry_after": None if asked is None else figures.seconds(asked * 1000),
        "cost": figures.cost(attempt),
    }


def _columns() -> dict[str, Any]:
    column = st.column_config
    texts = {
        "error": ("The API's error type; what it said stands below.", 130),
        "wait before": ("Since the end of the attempt before.", 90),
        "took": ("From its sending to its end.", 70),
        "retry_after": ("How long the API asked to wait after it.", 90),
        "cost": ("A request that the API refused to serve costs nothing.", 110),
    }
    return {
        "attempt": column.NumberColumn("attempt", help="Requests on the wire, in their order.", width=65),
        "state": column.TextColumn("state", width=130),
        "status": column.NumberColumn(
            "status", help="The HTTP status; a dash where no response came.", width=60
        ),
        **{name: column.TextColumn(name, help=about, width=wide) for name, (about, wide) in texts.items()},
    }
