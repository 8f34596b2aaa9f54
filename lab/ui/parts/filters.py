"""Which calls of the log are shown, and in which order: controls that the address holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import streamlit as st

from lab import engine
from lab.engine import SIEVES
from lab.errors import BadInput
from lab.store import ORDERS, RANK, Wanted
from lab.ui import shelf
from lab.ui.parts import spans
from lab.ui.parts.links import address
from lab.ui.parts.notices import error, plain
from lab.ui.parts.period import NAMES as TIMES
from lab.ui.parts.period import WIDTH, period
from lab.ui.parts.sieves import SHOWN, fields, go

NAMES = ("q", *SIEVES, *TIMES)
"""What may stand in the address."""
SORTS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "cost": "Highest cost",
    "total": "Longest in all",
    "first_token": "Latest first token",
    "tokens": "Most tokens",
    "rank": "Best match",
}


class Asked(NamedTuple):
    """What the controls say; `wanted` is None where something in them or in the address is wrong."""

    wanted: Wanted | None
    order: str


def call_filters() -> Asked:
    """Draw the controls; the panel of filters is folded until it is opened."""
    wrong: list[str] = []
    with st.container(horizontal=True, vertical_alignment="bottom", key="logs-filters"):
        words = _search()
        since, until = period("logs", lambda: go(None), wrong)
        order = _order(words)
        st.button("Refresh", key="logs-refresh", icon=":material/refresh:", type="tertiary")
    given = {name: text for name in SIEVES if (text := st.query_params.get(name))}
    label = f"Filters ({len(given)})" if given else "Filters"
    panel = st.expander(label, icon=":material/filter_list:", key="logs-panel", on_change="rerun")
    if panel.open:
        with panel, st.container(horizontal=True, vertical_alignment="bottom", key="logs-panel-fields"):
            fields()
    wanted, said = Wanted(since=since, until=until, words=words), {}
    for name, text in given.items():
        try:
            one = engine.sift(shelf.folder(), name, text)
            wanted, said[name] = replace(wanted, **one.values), one.said
        except BadInput as fault:
            wrong.append(str(fault))
            said[name] = text
    _chips(said, words)
    for sentence in wrong:
        error(sentence)
    return Asked(None if wrong else wanted, order)


def clear(label: str, key: str) -> None:
    """A button that shows all calls again."""
    st.button(label, key=key, icon=":material/filter_alt_off:", type="tertiary", on_click=_clear)


def _search() -> str | None:
    st.session_state["logs-q"] = st.query_params.get("q", "")
    st.text_input(
        "Search",
        key="logs-q",
        type="search",
        placeholder="Words in question and answer",
        icon=":material/search:",
        help='All words have to be there. "these in a row" and begin* are found so.',
        on_change=_searched,
        width=280,
    )
    return st.query_params.get("q") or None


def _order(words: str | None) -> str:
    offered = [*ORDERS, RANK] if words else [*ORDERS]
    asked = st.query_params.get("sort")
    st.session_state["logs-sort"] = asked if asked in offered else "newest"
    st.selectbox(
        "Sort",
        offered,
        key="logs-sort",
        format_func=SORTS.__getitem__,
        on_change=_sorted,
        width=WIDTH,
    )
    return st.session_state["logs-sort"]


def _chips(said: Mapping[str, str], words: str | None) -> None:
    """What is asked for, each part to be taken away by a click."""
    shown = {"q": f"“{words}”"} if words else {}
    if time := _time():
        shown["time"] = time
    for name, of in said.items():
        shown[name] = f"{SIEVES[name].label}: {SHOWN.get(name, {}).get(of, of)}"
    if not shown:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="logs-chips"):
        for name, label in shown.items():
            st.button(
                plain(label),
                key=f"logs-chip-{name}",
                icon=":material/close:",
                icon_position="right",
                help="Take this away",
                on_click=_taken,
                args=(name,),
            )
        clear("Clear all", "logs-clear")


def _time() -> str:
    first, last = (st.query_params.get(name) for name in ("from", "to"))
    if first or last:
        return f"{first or '…'} to {last or date.today().isoformat()}"
    return spans.SPANS.get(st.query_params.get("time", ""), "")


def _searched() -> None:
    address(q=st.session_state["logs-q"].strip() or None)
    if st.query_params.get("sort") == RANK and "q" not in st.query_params:
        address(sort=None)
    go(None)


def _sorted() -> None:
    order = st.session_state["logs-sort"]
    address(sort=None if order == "newest" else order)
    go(None)


def _taken(name: str) -> None:
    if name == "q":
        st.session_state["logs-q"] = ""
        _searched()
    address(**dict.fromkeys(TIMES if name == "time" else (name,)))
    go(None)


def _clear() -> None:
    address(**dict.fromkeys(NAMES))
    if st.query_params.get("sort") == RANK:
        address(sort=None)
    go(None)
