"""What money was spent on: the parts of the bills, what calls were for, what was saved and what lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from lab import figures, store
from lab.cost import DOLLAR, dollars
from lab.gains import gain, routing
from lab.spent import Spent, added
from lab.store import Row
from lab.ui.parts.colours import marked
from lab.ui.parts.figures import HELP, figure
from lab.ui.parts.notices import warning

USES = {
    "product": "product",
    "checks": "checks",
    "judges": "judges",
    "batches": "batches",
    "others": "comparisons, load",
}
GREY = "#8C8C8C"
BAR, AROUND = 26, 12
"""Pixels of a bar, and of what stands round them."""


def spent_on(kind: str, rows: Sequence[Row], uses: Mapping[str | None, Spent]) -> None:
    """Two pictures, and what was saved and lost."""
    whole = added(row.spent for row in rows)
    parts = {**whole.parts, "cut off, at the most": whole.upper}
    parts["not told apart"] = parts.pop("untold")
    for_what = {name: uses[use].most for use, name in USES.items() if use in uses}
    for place, title, amounts in zip(
        st.columns(2), ("What it went to", "What it was for"), (parts, for_what), strict=True
    ):
        with place:
            st.caption(title, help=HELP[title])
            _bars({name: amount for name, amount in amounts.items() if amount}, f"costs-{title}", title)
    with st.container(horizontal=True, key="costs-saved"):
        saved = gain(whole.saved_by_cache, whole.untold, whole.calls)
        figure("the cache saved", saved, HELP["the cache saved"])
        if whole.routed or whole.routed_untold:
            rerouted = routing(whole.saved_by_routing, whole.routed, whole.routed_untold)
            figure("routing saved", rerouted, HELP["routing saved"])
        wasted = figures.spending(whole.wasted_floor, whole.wasted_upper, whole.wasted_unpriced)
        figure("in vain", wasted, HELP["in vain"])
    _unpriced(rows)


def _bars(amounts: Mapping[str, int], key: str, title: str) -> None:
    """A bar each, the amount beside it."""
    import plotly.graph_objects as go

    if not amounts:
        st.caption("Nothing was paid.")
        return
    bars = go.Bar(
        y=list(amounts),
        x=[amount / DOLLAR for amount in amounts.values()],
        text=[dollars(amount) for amount in amounts.values()],
        orientation="h",
        textposition="outside",
        marker={"color": GREY},
        hovertemplate="%{y}: %{text}<extra></extra>",
        cliponaxis=False,
    )
    layout = {
        "margin": {"l": 8, "r": 56, "t": 0, "b": 0},
        "xaxis": {"visible": False, "fixedrange": True},
        "yaxis": {"autorange": "reversed", "fixedrange": True, "title": None, "automargin": True},
        "bargap": 0.3,
    }
    st.plotly_chart(
        go.Figure([bars], layout),
        key=key,
        height=BAR * len(amounts) + AROUND,
        config={"displayModeBar": False},
        alt=f"{title}: " + ", ".join(f"{name} {dollars(amount)}" for name, amount in amounts.items()),
    )


def _unpriced(rows: Sequence[Row]) -> None:
    """The models whose price nobody knows, and what to do."""
    unknown = {model: one for model, one in store.split(rows, "model").items() if one.unpriced}
    if not unknown:
        return
    calls = sum(one.unpriced for one in unknown.values())
    are = "It is" if calls == 1 else "They are"
    warning(f"The price of {figures.many(calls)} is not known. {are} in no sum here, and never counted as 0.")
    for model, one in unknown.items():
        tokens = f"in {one.tokens_in:,}, out {one.output_tokens:,} tokens in all {figures.many(one.calls)}"
        st.markdown(f"{marked(model)}: {figures.many(one.unpriced)} ({tokens})")
    with st.expander("What to do", key="costs-unpriced"):
        st.markdown(
            "Give the prices that you pay, in dollars per million tokens, in `lab.toml`. They hold for calls "
            "from then on; what was logged before stays unknown. `lab models` lists what is known. A model "
            "served with `service_tier: priority` stays unknown: its price stands in your contract alone."
        )
        example = (
            f'[models."{model}"]\nprices = {{ input = 3, output = 15, cache_read = 0.1 }}'
            for model in unknown
        )
        st.code("\n\n".join(example), language="toml")
