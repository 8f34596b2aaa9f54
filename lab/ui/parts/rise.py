"""Why costs rose or fell: two periods beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import streamlit as st

from lab import store
from lab.cost import DOLLAR, dollars, exactly
from lab.risewords import LABELS, signed
from lab.store import Day
from lab.ui.parts import spans
from lab.ui.parts.figures import HELP, charted, drawable
from lab.ui.parts.links import address
from lab.ui.parts.notices import empty, error, plain
from lab.ui.parts.period import chosen_day, period
from lab.ui.parts.picks import pick
from lab.ui.parts.rows import table
from lab.ui.parts.spending import BY, rows_of, split_of
from lab.ui.parts.spent import NOTES
from lab.ui.parts.summed import KINDS, LONGEST, chosen_kind, not_too_long
from lab.why import Why, moved

SPANS = ("7d", "30d", "days")
WHERE = ("model", "prompt", "use", "origin", "source", "user", "run")
MORE, LESS, WHOLE = "#B43C1E", "#009E73", "#8C8C8C"
BAR, AROUND = 32, 16
"""Pixels of a bar, and of what stands round them."""
ROWS = 200


def rise() -> None:
    """The tab."""
    wrong: list[str] = []
    with st.container(horizontal=True, vertical_alignment="bottom", key="why-head"):
        after, before = _periods(wrong)
        place = st.container(width="content")
    for sentence in wrong:
        error(sentence)
    if wrong:
        return
    periods = [rows_of(days) for days in (before, after)]
    splits = {
        kind: [store.split((row for row in rows if row.kind == kind), "model") for rows in periods]
        for kind in KINDS
    }
    there = [kind for kind, each in splits.items() if any(each)]
    if not there:
        empty("No calls in these days", f"There are none from {_said(before)} to {_said(after)}.")
        _today()
        return
    kind = chosen_kind("why", there, place)
    why = Why(kind, *splits[kind])
    st.markdown(f"**{plain(why.sentence)}**")
    with st.container(gap=None, key="why-notes"):
        st.caption(plain(f"{_said(after)}, against {_said(before)}."))
        for note in [*why.notes, *([NOTES[kind]] if kind in NOTES else [])]:
            st.caption(plain(note))
    _waterfall(why, _said(before), _said(after))
    _factors(why)
    _where(kind, before, after)


def _periods(wrong: list[str]) -> tuple[Sequence[Day], Sequence[Day]]:
    """The days to explain, and as many before them, or from another day on. Today is left out where it was
    not asked for by its date: it is not over."""
    now = datetime.now(spans.zone())
    since, until = period("why", lambda: None, wrong, SPANS, "7d")
    by_date = "from" in st.query_params or "to" in st.query_params
    against = chosen_day("why", "Against, from", "against", lambda: None, wrong) if by_date else None
    after = spans.days(since, until, now)
    if not by_date:
        yesterday = timedelta(days=1)
        after = store.days(after[0][0] - yesterday, after[-1][0] - yesterday, spans.zone())
    if not after:
        wrong.append("The last of these days comes before the first.")
        return [], []
    not_too_long(after, LONGEST, wrong)
    return after, _before(after, against)


def _before(after: Sequence[Day], against: date | None) -> Sequence[Day]:
    first = against or after[0][0] - timedelta(days=len(after))
    return store.days(first, first + timedelta(days=len(after) - 1), spans.zone())


def _today() -> None:
    """A way to what there is today."""
    today = datetime.now(spans.zone()).date().isoformat()
    st.button(
        "Explain today so far",
        on_click=lambda: address(**{"time": None, "from": today, "to": today}),
        key="why-today",
        icon=":material/today:",
    )


def _said(days: Sequence[Day]) -> str:
    """`14 to 20 Nov 2026`, or a single day."""
    first, last = days[0][0], days[-1][0]
    if first == last:
        return f"{last:%-d %b %Y}"
    same = (first.year, first.month) == (last.year, last.month)
    return f"{first:{'%-d' if same else '%-d %b %Y'}} to {last:%-d %b %Y}"


def _waterfall(why: Why, before: str, after: str) -> None:
    """What was spent before, what each factor added or took away, what is spent now."""
    import plotly.graph_objects as go

    old, new = (one.least for one in why.sums)
    steps = [step for step in why.steps if step.amount]
    amounts = [old, *(step.amount for step in steps), new]
    said = [dollars(old), *(signed(step.amount) for step in steps), dollars(new)]
    bars = go.Waterfall(
        y=[charted(before), *(LABELS[step.factor] for step in steps), charted(after)],
        x=[amount / DOLLAR for amount in amounts],
        text=said,
        measure=["absolute", *("relative" for _ in steps), "total"],
        orientation="h",
        textposition="outside",
        cliponaxis=False,
        increasing={"marker": {"color": MORE}},
        decreasing={"marker": {"color": LESS}},
        totals={"marker": {"color": WHOLE}},
        customdata=[exactly(amount) if amount >= 0 else f"−{exactly(-amount)}" for amount in amounts],
        hovertemplate="%{y}: %{customdata}<extra></extra>",
    )
    layout = {
        "margin": {"l": 8, "r": 72, "t": 0, "b": 0},
        "xaxis": {"visible": False, "fixedrange": True},
        "yaxis": {"autorange": "reversed", "fixedrange": True, "title": None, "automargin": True},
        "showlegend": False,
    }
    st.plotly_chart(
        go.Figure([bars], layout),
        key="why-steps",
        height=BAR * len(amounts) + AROUND,
        config={"displayModeBar": False},
        alt=f"{why.sentence} The table below has the numbers.",
    )


def _factors(why: Why) -> None:
    """The numbers of the picture, and how each factor stood."""
    rows: list[dict[str, Any]] = [
        {
            "factor": LABELS[step.factor],
            "made it": signed(step.amount),
            "before": drawable(step.before),
            "after": drawable(step.after),
        }
        for step in why.steps
    ]
    if rows:
        column = st.column_config
        st.dataframe(
            table(rows),
            key="why-factors",
            hide_index=True,
            alt="Factors before and after, and what each did",
            column_config={
                "made it": column.TextColumn("made it", help=HELP["made it"], alignment="right"),
                **{name: column.TextColumn(name, help=HELP["same mix"]) for name in ("before", "after")},
            },
        )


def _where(kind: str, before: Sequence[Day], after: Sequence[Day]) -> None:
    """The same difference by what the calls have in common."""
    by = pick("Where", "by", list(WHERE), "model", "why-by", BY.get, tabs=True)
    found = moved(split_of(before, kind, by), split_of(after, kind, by))
    if not found:
        st.caption("None of these calls has one.")
        return
    rows = [{by: "–" if one.name is None else drawable(one.name)} | one.shown for one in found[:ROWS]]
    column = st.column_config
    right = {name: column.TextColumn(name, alignment="right") for name in ("before", "after", "change")}
    st.dataframe(table(rows), key=f"why-where-{by}", hide_index=True, alt="Where", column_config=right)
    if len(found) > ROWS:
        st.caption(f"And {len(found) - ROWS:,} more, each of which changed less.")
