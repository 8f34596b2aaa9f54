"""Which calls of the log are shown: controls that the address holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import get_args, get_type_hints

import streamlit as st

from lab import figures, store
from lab.store import Wanted
from lab.types import Origin, State
from lab.ui import session
from lab.ui.parts.figures import short
from lab.ui.parts.links import address
from lab.ui.parts.notices import error
from lab.ui.parts.period import WIDTH, period

NAMES = ("model", "prompt", "state", "stop_reason", "source", "origin", "marked", "time", "from", "to")
"""What may stand in the address."""
SOURCES = {
    "api": "a model's endpoint",
    "simulated": "the simulated Claude",
    "replay": "a recording",
    "batch": "a batch",
}
ORIGINS: tuple[str, ...] = get_args(get_type_hints(Origin)["source"])

Show = Callable[[str], str]


def call_filters() -> Wanted:
    """Draw the controls; gives what they say."""
    database, wrong = session.lab().store.read, []
    with st.container(horizontal=True, vertical_alignment="bottom", key="logs-filters"):
        since, until = period("logs", lambda: go(None), wrong)
        state = _pick("Status", "state", get_args(State), _state)
        model = _pick("Model", "model", store.models_asked(database))
        prompt = _pick("Prompt", "prompt", store.prompts_asked(database))
        more = [name for name in ("stop_reason", "source", "origin", "marked") if st.query_params.get(name)]
        label = f"More ({len(more)})" if more else "More"
        with st.popover(label, icon=":material/filter_list:", key="logs-more"):
            stop_reason = _pick("stop_reason", "stop_reason", list(figures.STOP_REASONS), _stop_reason)
            source = _pick("Source: what answered", "source", list(SOURCES), _source)
            origin = _pick("Origin: what asked", "origin", ORIGINS)
            marked = _pick("Marked", "marked", list(store.MARKS))
        if any(st.query_params.get(name) for name in NAMES):
            clear("Clear", "logs-clear")
        st.button("Refresh", key="logs-refresh", icon=":material/refresh:", type="tertiary")
    for sentence in wrong:
        error(sentence)
    name, number = _version(prompt)
    return Wanted(model, name, number, state, stop_reason, source, origin, since, until, marked)


def clear(label: str, key: str) -> None:
    """A button that shows all calls again."""
    st.button(label, key=key, icon=":material/filter_alt_off:", type="tertiary", on_click=_clear)


def go(before: str | None) -> None:
    """Show the page of calls older than this one, or the newest; no call is open on it."""
    address(before=before or None, call=None)


def _pick(label: str, name: str, options: Sequence[str], show: Show = str) -> str | None:
    """One value, or any. What the address asks for can be chosen, though no call has it."""
    key, asked = f"logs-{name}", st.query_params.get(name, "")
    if st.session_state.get(key) != asked:
        st.session_state[key] = asked
    st.selectbox(
        label,
        ["", *options, *([asked] if asked and asked not in options else [])],
        format_func=lambda each: show(each) if each else "Any",
        key=key,
        on_change=_picked,
        args=(name,),
        width=WIDTH,
    )
    return asked or None


def _version(prompt: str | None) -> tuple[str | None, int | None]:
    """`support@2` as its name and its version."""
    name, _, version = (prompt or "").rpartition("@")
    return (name, int(version)) if re.fullmatch("[0-9]{1,9}", version) and name else (prompt, None)


def _picked(name: str) -> None:
    address(**{name: st.session_state[f"logs-{name}"] or None})
    go(None)


def _clear() -> None:
    address(**dict.fromkeys(NAMES))
    go(None)


def _state(state: str) -> str:
    words = {"ok": "complete answer", "refused": "declined to answer", **figures.STATES}.get(state, state)
    return state if words == state else f"{state}: {short(words)}"


def _stop_reason(name: str) -> str:
    return f"{name}: {short(figures.STOP_REASONS[name])}" if name in figures.STOP_REASONS else name


def _source(name: str) -> str:
    return f"{name}: {SOURCES[name]}" if name in SOURCES else name
