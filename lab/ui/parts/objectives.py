"""What answers are to keep to, week by week, and where `max_tokens` does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from lab import objectives
from lab.engine import allowance
from lab.engine import weekly as report
from lab.objectives import Objective
from lab.store import Day
from lab.types import Principal
from lab.ui import session
from lab.ui.parts import spans
from lab.ui.parts.colours import marked
from lab.ui.parts.figures import drawable
from lab.ui.parts.notices import plain
from lab.ui.parts.rows import table

FIRST = 5
"""Pieces of advice that are shown at once."""
HELP = {
    "reached": "What the week came to, in the terms of the target.",
    "budget left": "The target leaves room for some misses, the error budget: this part of it is left, or so "
    "many times of it went wrong.",
    "week before": "What the seven days before came to.",
}


def weekly(where: Mapping[str, Any], exact: bool) -> None:
    """The objectives over the last seven whole days."""
    lab = session.lab()
    wanted = objectives.objectives(lab.settings.objectives)
    st.subheader("Objectives", anchor=False)
    today = datetime.now(spans.zone())
    path, frozen = str(lab.store.path), tuple(where.items())
    last = today.date() - timedelta(days=1)
    week = _week(path, session.who(), wanted or objectives.GUIDES, last.isoformat(), frozen, exact)
    st.caption(
        f"{week.first} to {week.last}, seven whole days: {week.calls:,} calls, {week.calls_before:,} in the "
        "week before. "
        + ("" if wanted else "These are what guides advise; `[objectives.NAME]` in lab.toml names your own. ")
        + "`lab health --week --markdown` says the same."
    )
    column = st.column_config
    st.dataframe(
        table([drawable(row) for row in report.told(week)]),
        key="health-objectives",
        hide_index=True,
        height="content",
        alt="The objectives, what was reached, and what is left of their error budgets",
        column_config={
            name: column.TextColumn(name, help=HELP.get(name), alignment="right")
            for name in ("reached", "calls", "budget left")
        }
        | {"week before": column.TextColumn("week before", help=HELP["week before"])},
    )


@st.cache_resource(ttl=30, max_entries=8, show_spinner="Adding up …")
def _week(
    path: str,
    who: Principal,
    wanted: tuple[Objective, ...],
    last: str,
    where: tuple[tuple[str, Any], ...],
    exact: bool,
) -> report.Week:
    read, day = session.lab().store.read, datetime.fromisoformat(last).date()
    return report.week(read, who, wanted, day, spans.zone(), dict(where), exact)


def advice(days: Sequence[Day], where: Mapping[str, Any]) -> None:
    """Where `max_tokens` is too low or too high for what answers use."""
    st.subheader("max_tokens", anchor=False)
    found = _advice(str(session.lab().store.path), session.who(), tuple(days), tuple(where.items()))
    if not found:
        st.caption(
            f"Nothing to change. Something is said of prompts with {allowance.LEAST} answers and more, where "
            "more than 1 % are cut off, or 99.9 % use less than half of what they may."
        )
        return
    for each in found[:FIRST]:
        _advised(each)
    if found[FIRST:]:
        with st.expander(f"{len(found) - FIRST} more"):
            for each in found[FIRST:]:
                _advised(each)


def _advised(each: allowance.Advice) -> None:
    row = allowance.row(each)
    icon = ":orange[:material/arrow_upward:]" if each.low else ":material/arrow_downward:"
    with st.container(gap=None):
        st.markdown(
            f"{icon} **{plain(drawable(row['prompt']))}** · {marked(drawable(each.model))}: "
            f"{row['max_tokens']} → **{row['better']}**"
        )
        st.caption(row["why"])


@st.cache_resource(ttl=30, max_entries=8, show_spinner="Adding up …")
def _advice(
    path: str, who: Principal, days: tuple[Day, ...], where: tuple[tuple[str, Any], ...]
) -> list[allowance.Advice]:
    lab = session.lab()
    return allowance.allowances(lab.store.read, who, days, dict(where), lab.models)
