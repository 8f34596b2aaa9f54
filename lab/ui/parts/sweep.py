"""Quality against cost and against time: which variant of a check is as good for less."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from lab import evals, figures
from lab.evals import Choice, Tradeoff
from lab.ui.parts import sheets
from lab.ui.parts.colours import SIGNS, colour
from lab.ui.parts.figures import charted
from lab.ui.parts.notices import plain
from lab.ui.parts.picks import pick
from lab.ui.parts.rows import table

_STEPS = [float(f"{step}e{power}") for power in range(-5, 4) for step in (1, 2, 5)]
DOLLARS = {"type": "log", "tickvals": _STEPS, "ticktext": [f"${step:g}" for step in _STEPS]}
"""The axis of costs, which lie far apart."""
SECONDS = {"nticks": 6, "ticksuffix": " s"}
MARGINS = ("0.01", "0.02", "0.03", "0.05", "0.1")
HEIGHT, ROWS = 380, 20
HELP = {
    "against the baseline": "The same cases with both, and the interval of 90% that the difference lies in. "
    "Not worse: by less than the margin, for all that the interval leaves open.",
    "per 1,000": "What a thousand complete answers cost, with all turns of a case and without judges.",
    "best for": "No other variant is as good and cheaper, or as good and faster.",
}


def sweep(found: Mapping[str, Any]) -> None:
    """The sentence, both pictures, and the numbers."""
    names = found["settings"]["variants"]
    short = dict(zip(names, evals.short_names(names), strict=True))
    with st.container(horizontal=True, key="runs-sweep"):
        base = pick("Baseline", "base", names, names[0], "runs-base", short.get, width=420)
        margin = pick("Not worse within", "margin", MARGINS, "0.03", "runs-margin", _margin, width=160)
    of = sheets.tradeoff(found, base, float(margin))
    draw, icon = (st.success, ":material/savings:") if of.found else (st.info, ":material/balance:")
    draw(plain(evals.conclusion(of)), icon=icon)
    cost, time = st.columns(2)
    with cost:
        _picture(
            of,
            "cost",
            {"title": "per 1,000 answers"} | DOLLARS,
            lambda one: one.dollars,
            lambda one: one.cheap,
        )
    with time:
        _picture(of, "time", {"title": "median"} | SECONDS, lambda one: one.seconds, lambda one: one.quick)
    st.caption(
        "The line joins what no other variant beats; bars are intervals of 90%. A colour is a model, a sign "
        "a version of the prompt."
    )
    _numbers(of)


def _margin(value: str) -> str:
    return f"{evals.points(float(value), False).removesuffix('.0')} points"


def _picture(
    of: Tradeoff,
    name: str,
    axis: Mapping[str, Any],
    price: Callable[[Choice], float | None],
    best: Callable[[Choice], bool],
) -> None:
    drawn = sorted((one for one in of.choices if price(one) is not None and one.quality), key=price)
    st.markdown(f"**Quality against {name}**")
    if not drawn:
        st.caption(f"The {name} is not known, or nothing has a verdict.")
        return
    st.plotly_chart(
        _figure(of, drawn, axis, price, best),
        key=f"runs-sweep-{name}",
        config={"displayModeBar": False},
        height=HEIGHT,
        alt=f"Quality against {name} of each variant; the table below has the numbers",
    )
    if len(drawn) < len(of.choices):
        st.caption(f"Not drawn, since its {name} or quality is not known: {_undrawn(of, drawn)}.")


def _undrawn(of: Tradeoff, drawn: Sequence[Choice]) -> str:
    return plain(", ".join(one.short for one in of.choices if one not in drawn))


def _figure(
    of: Tradeoff,
    drawn: Sequence[Choice],
    axis: Mapping[str, Any],
    price: Callable[[Choice], float | None],
    best: Callable[[Choice], bool],
) -> Any:
    import plotly.graph_objects as go

    line = [one for one in drawn if best(one)]
    frontier = go.Scatter(
        x=[price(one) for one in line],
        y=[one.quality.value for one in line],
        mode="lines",
        line={"color": "#8C8C8C", "dash": "dot", "shape": "hv", "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    prompts = sorted({one.parts.prompt for one in of.choices})
    layout = {
        "margin": {"l": 12, "r": 28, "t": 8, "b": 0},
        "legend": {"orientation": "h", "y": -0.22, "yanchor": "top", "itemclick": False},
        "showlegend": True,
        "xaxis": {"fixedrange": True}
        | (axis if price(drawn[0]) else {"title": axis["title"]}),  # 0 has no logarithm
        "yaxis": {"tickformat": ".0%", "fixedrange": True, "title": None},
        "hovermode": "closest",
    }
    traces = [
        _trace(
            [one for one in drawn if (one.parts.model, one.parts.prompt) == kind],
            " · ".join(kind[: min(len(prompts), 2)]),
            [*SIGNS][prompts.index(kind[1]) % len(SIGNS)],
            price,
        )
        for kind in sorted({(one.parts.model, one.parts.prompt) for one in drawn})
    ]
    return go.Figure([frontier, *traces], layout)


def _trace(some: Sequence[Choice], name: str, symbol: str, price: Callable[[Choice], float | None]) -> Any:
    import plotly.graph_objects as go

    shade = colour(some[0].parts.model)
    return go.Scatter(
        x=[price(one) for one in some],
        y=[one.quality.value for one in some],
        name=charted(name),
        mode="markers",
        marker={"color": shade, "symbol": symbol, "size": 11, "line": {"width": 1, "color": "#FFFFFF"}},
        error_y={
            "array": [one.quality.above for one in some],
            "arrayminus": [one.quality.below for one in some],
            "thickness": 1,
            "width": 3,
        },
        hovertext=[_words(one) for one in some],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _words(one: Choice) -> str:
    said = (
        *one.variant.split(" · "),
        f"{evals.quality_words(one)} of the cases",
        f"{evals.choice_price(one)} per 1,000 answers",
        f"{_seconds(one.seconds)}, of twenty nineteen within {_seconds(one.slow)}",
        evals.standing_words(one),
    )
    return "<br>".join(map(charted, said))


def _numbers(of: Tradeoff) -> None:
    measure = "mean score" if of.scored else "pass rate"
    rows = [
        {
            "variant": one.short,
            measure: evals.quality_words(one),
            "against the baseline": evals.standing_words(one),
            "per 1,000": evals.choice_price(one),
            "median": _seconds(one.seconds),
            "p95": _seconds(one.slow),
            "best for": evals.frontier_words(one),
        }
        for one in of.choices
    ]
    column = st.column_config
    st.dataframe(
        table(rows),
        key="runs-sweep-numbers",
        hide_index=True,
        height="content" if len(rows) <= ROWS else 520,
        alt="Quality, cost and time of each variant, the cheapest first",
        column_config={
            "variant": column.TextColumn("variant", width=330),
            **{name: column.TextColumn(name, help=help) for name, help in HELP.items()},
        },
    )


def _seconds(seconds: float | None) -> str:
    return figures.seconds(None if seconds is None else seconds * 1000)
