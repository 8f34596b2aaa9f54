"""What the prompt cache did over some days: how much was read of what could be, what that saved, what to
do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from lab import cache, figures
from lab.cache import Advice, Cached, Row
from lab.gains import gain
from lab.store import Day
from lab.types import Principal
from lab.ui import session
from lab.ui.parts.cachechart import cache_charts
from lab.ui.parts.cachetable import LONGEST, cache_table
from lab.ui.parts.figures import HELP, drawable, figure
from lab.ui.parts.links import link
from lab.ui.parts.notices import empty, plain
from lab.ui.parts.picks import pick
from lab.ui.parts.spent import NOTES
from lab.ui.parts.summed import summed

BY = {"prompt": "Prompt", "conversation": "Conversation", "model": "Model", "day": "Day"}


def caching() -> None:
    """The tab."""
    found = summed("cache", lambda days: _rows(str(session.lab().store.path), session.who(), tuple(days)))
    if found:
        kind, rows, days = found
        _kind(kind, rows, tuple(days))


def _kind(kind: str, rows: Sequence[Row], days: tuple[Day, ...]) -> None:
    whole = cache.added(row.cached for row in rows)
    _figures(kind, whole)
    if whole.read or whole.written:
        cache_charts(cache.split(rows, "day"), days)
    else:
        empty(
            "Nothing was cached in this time",
            "Set cache to 5m, 1h or auto in a prompt: what its questions begin with can then be read.",
        )
    if kind != "replayed":
        _advised(kind, days)
    by = pick("By", "by", list(BY), "prompt", "cache-by", BY.get, tabs=True)
    cache_table(by, _split(kind, rows, days, by))


def _figures(kind: str, whole: Cached) -> None:
    with st.container(horizontal=True, key="cache-figures"):
        figure("hit rate, tokens", figures.percent(whole.rate), HELP["hit rate, tokens"])
        figure("hit rate, calls", figures.percent(whole.call_rate), HELP["hit rate, calls"])
        figure("read", f"{whole.read:,}", HELP["read"])
        figure("write", f"{whole.written:,}", HELP["write"])
        figure("the cache saved", _saved(whole), HELP["the cache saved"])
        figure("calls", f"{whole.calls:,}", HELP["calls"])
    with st.container(gap=None, key="cache-notes"):
        if kind in NOTES:
            st.caption(NOTES[kind])
        if whole.untold:
            st.caption(UNTOLD)


def _saved(whole: Cached) -> str:
    return gain(whole.saved, whole.untold, whole.calls)


UNTOLD = (
    "Not known: calls that were cut off, without a known price, or of an older lab. Their tokens are counted "
    "here; they are in no amount."
)


def _advised(kind: str, days: tuple[Day, ...]) -> None:
    st.subheader("What would save more", anchor=False, help=ADVICE)
    found = _advice(str(session.lab().store.path), session.who(), days, kind)
    if not found:
        st.caption("Nothing was found that would save a cent a day or more.")
    for number, advice in enumerate(found[:FIRST]):
        _advise(number, advice)
    if len(found) > FIRST:
        with st.expander(f"And {len(found) - FIRST} more", key="cache-more"):
            for number, advice in enumerate(found[FIRST:], FIRST):
                _advise(number, advice)


FIRST = 5
"""Pieces of advice that are shown at once."""
ADVICE = (
    "Estimates: the newest calls of each prompt version, played through with the cache used in another way, "
    "at the prices of that time, and reckoned up to the calls a day in the time above."
)


def _advise(number: int, advice: Advice) -> None:
    """A line: what to do, what it saves, how that was reckoned, and the way to the prompt."""
    where = f"{advice.prompt}@{advice.version}" if advice.version else str(advice.prompt)
    sums = "\n".join(f"- {plain(drawable(line))}" for line in advice.sums)
    with st.container(horizontal=True, vertical_alignment="center", key=f"cache-advice-{number}"):
        st.markdown(f"**{plain(advice.headline)}**", width="content", help=sums)
        if advice.saves:
            st.badge("estimate", color="orange")
        st.caption(plain(f"{where} · {advice.model}"), width="content")
        if advice.version:
            shown = {"prompt": str(advice.prompt), "version": str(advice.version)}
            link(f"Open {where}", "prompts", icon=":material/edit_note:", **shown)


@st.cache_resource(ttl=5, max_entries=8, show_spinner="Adding up …")
def _rows(path: str, who: Principal, days: tuple[Day, ...]) -> Sequence[Row]:
    return cache.overview(session.lab().store.read, who, days)


@st.cache_resource(ttl=60, max_entries=16, show_spinner="Reckoning …")
def _advice(path: str, who: Principal, days: tuple[Day, ...], kind: str) -> Sequence[Advice]:
    lab = session.lab()
    return cache.advice(lab.store.read, who, days, kind, lab.folder / "prompts", lab.models)


def _split(
    kind: str, rows: Sequence[Row], days: tuple[Day, ...], by: str
) -> Mapping[str | None, tuple[str, Cached]]:
    """What there is of each, with what it is called."""
    if by == "conversation":
        return _conversations(str(session.lab().store.path), session.who(), days, kind)
    return {name: (name or "(no prompt)", cached) for name, cached in cache.split(rows, by).items()}


@st.cache_resource(ttl=60, max_entries=8, show_spinner="Adding up …")
def _conversations(
    path: str, who: Principal, days: tuple[Day, ...], kind: str
) -> Mapping[str | None, tuple[str, Cached]]:
    return cache.conversations(session.lab().store.read, who, days, kind, LONGEST + 1)
