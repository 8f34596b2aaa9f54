"""How fast and how well answers are served: figures, lines over time, objectives, and what to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from lab import store
from lab.engine import served
from lab.engine import vitals as measured
from lab.store import Day
from lab.types import Principal
from lab.ui import session
from lab.ui.parts import spans
from lab.ui.parts.colours import signed
from lab.ui.parts.figures import drawable, figure
from lab.ui.parts.links import address, link
from lab.ui.parts.notices import empty, error
from lab.ui.parts.objectives import advice, weekly
from lab.ui.parts.period import period
from lab.ui.parts.picks import pick
from lab.ui.parts.rows import table
from lab.ui.parts.summed import KINDS, SPANS, chosen_kind, not_too_long
from lab.ui.parts.vitalcharts import CHARTED, charts

LONGEST = 366
BY = {"model": "Model", "version": "Prompt version"}
TRAFFIC = {"product": "Product", "all": "All traffic"}
GROUPS = {"speed": "Speed and errors", "quality": "Quality"}
_KEYS = {"model": ("day", "model"), "version": ("day", "prompt", "version", "model")}
"""What the lines are of, point by point."""

Key = tuple[Any, ...]


def vitals() -> None:
    wrong: list[str] = []
    with st.container(horizontal=True, vertical_alignment="bottom", key="health-head"):
        since, until = period("health", lambda: None, wrong, SPANS, "30d")
        place = st.container(horizontal=True, vertical_alignment="bottom", width="content")
    days, whole = _days(since, until)
    not_too_long(whole, LONGEST, wrong)
    if not whole:
        wrong.append("There is no day in that time that has begun. Choose another one.")
    for sentence in wrong:
        error(sentence)
    if not wrong:
        _drawn(days, whole, place)


def _drawn(days: Sequence[Day], whole: Sequence[Day], place: Any) -> None:
    with place:
        traffic = pick("Traffic", "traffic", [*TRAFFIC], "product", "health-traffic", TRAFFIC.get, tabs=True)
        where: dict[str, Any] = {"origin": store.rollups.PRODUCT} if traffic == "product" else {}
        path, who = str(session.lab().store.path), session.who()
        there = _there(path, who, tuple(whole), traffic)
        kinds = [kind for kind in KINDS if kind in there]
        kind = chosen_kind("health", kinds, place) if there else ""
    if not there:
        _nothing(traffic)
        return
    where["kind"] = (kind,)
    with place:
        if prompt := _prompt(there[kind]):
            where["prompt"] = (prompt,)
    head = st.container()
    with st.container(horizontal=True, vertical_alignment="center", key="health-split"):
        group = pick("Figures", "figures", [*GROUPS], "speed", "health-group", GROUPS.get, tabs=True)
        by = pick("By", "by", [*BY], "model", "health-by", BY.get, tabs=True)
    exact = st.query_params.get("exact") == "1"
    read = _read_whole if exact else _found
    found = read(path, who, tuple(days), tuple(where.items()), by)
    split = measured.folded(found, lambda key: key[1:])
    with head:
        _figures(measured.together(split.values()))
    names = {key: served.name(by, key) for key in sorted(split, key=lambda key: -split[key].sums["calls"])}
    charts(group, names, found, days)
    if len(names) > CHARTED:
        st.caption(f"Drawn are the {CHARTED} with the most calls; the table has all {len(names):,}.")
    _table(by, names, split)
    _exactly(exact, kind)
    weekly(where, exact)
    advice(whole, where)


def _days(since: datetime | None, until: datetime | None) -> tuple[list[Day], list[Day]]:
    """The points of the lines, and the reader's whole days: of a single one every hour is a point."""
    now = datetime.now(spans.zone())
    whole = spans.days(since, None if until is None else min(until, now), now)
    if len(whole) != 1:
        return whole, whole
    return measured.hours(whole[0][1], min(whole[0][2], now)), whole


@st.cache_resource(ttl=5, max_entries=8, show_spinner=False)
def _there(path: str, who: Principal, days: tuple[Day, ...], traffic: str) -> Mapping[str, list[str]]:
    """The prompts that were asked through, by kind of call."""
    where = {"origin": store.rollups.PRODUCT} if traffic == "product" else {}
    rows = store.rollups.rolled(session.lab().store.read, who, days, ("calls",), ("kind", "prompt"), where)
    found: dict[str, list[str]] = {row["kind"]: [] for row in rows}
    for row in rows:
        found[row["kind"]] += [] if row["prompt"] is None else [row["prompt"]]
    return found


@st.cache_resource(ttl=30, max_entries=8, show_spinner="Adding up …")
def _found(
    path: str, who: Principal, days: tuple[Day, ...], where: tuple[tuple[str, Any], ...], by: str
) -> Mapping[Key, measured.Vitals]:
    return measured.vitals(session.lab().store.read, who, days, _KEYS[by], dict(where))


@st.cache_resource(ttl=300, max_entries=4, show_spinner="Reading every call: some seconds for a million …")
def _read_whole(
    path: str, who: Principal, days: tuple[Day, ...], where: tuple[tuple[str, Any], ...], by: str
) -> Mapping[Key, measured.Vitals]:
    return measured.vitals(session.lab().store.read, who, days, _KEYS[by], dict(where), exact=True)


def _nothing(traffic: str) -> None:
    if traffic == "product":
        empty(
            "Nobody has asked anything in this time",
            "This is about people's questions, in Chat and through the API. Ask one, look at a longer time, "
            "or at all traffic, with checks and comparisons.",
        )
    else:
        empty("No calls in this time", "Ask something in Chat, run a check, or look at a longer time.")
    link("Open Chat", "chat", icon=":material/chat:")


def _prompt(there: Sequence[str]) -> str:
    """One of the prompts there are, or nothing for all."""
    names = sorted(there)
    asked = st.query_params.get("prompt", "")
    if asked and asked not in names:
        names.append(asked)
    return pick("Prompt", "prompt", ["", *names], "", "health-prompt", _prompted, width=200)


def _prompted(name: str) -> str:
    return name or "All prompts"


def _figures(whole: measured.Vitals) -> None:
    with st.container(horizontal=True, key="health-figures"):
        for name, shown in served.row(whole).items():
            figure(name, shown, served.MEANING.get(name, "Calls that ended, well or not."))


def _table(by: str, names: Mapping[Key, str], split: Mapping[Key, measured.Vitals]) -> None:
    """A row each: what is called most, first."""
    rows = [
        {BY[by].lower(): drawable(signed(name) if by == "model" else name)} | served.row(split[key])
        for key, name in names.items()
    ]
    column = st.column_config
    st.dataframe(
        table(rows),
        key=f"health-table-{by}",
        hide_index=True,
        height="content" if len(rows) <= 15 else 560,
        alt=f"Figures by {BY[by].lower()}",
        column_config={
            name: column.TextColumn(name, help=served.MEANING.get(name), alignment="right")
            for name in ("calls", *served.MEANING)
        }
        | {BY[by].lower(): column.TextColumn(BY[by].lower(), width=240)},
    )


def _exactly(exact: bool, kind: str) -> None:
    """Whether percentiles are read from histograms or from every call."""
    from lab.engine import weekly as words

    with st.container(horizontal=True, vertical_alignment="center", key="health-exactly"):
        st.session_state["health-exact"] = exact
        st.toggle(
            "Exact percentiles",
            key="health-exact",
            on_change=_toggled,
            help="Reads every call of that time: seconds where there are a million.",
        )
        st.caption(words.source(exact), width="content")
        if kind == "simulated":
            st.caption("Simulated: made-up answers. Their times say nothing of Claude.", width="content")


def _toggled() -> None:
    address(exact="1" if st.session_state["health-exact"] else None)
