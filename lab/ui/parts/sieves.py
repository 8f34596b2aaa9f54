"""What calls of the log are sifted by: the controls of a panel that can be folded away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import get_args

import streamlit as st

from lab import figures, prompts, store
from lab.engine import SIEVES, SOURCES
from lab.types import State
from lab.ui import session, shelf
from lab.ui.parts.figures import short
from lab.ui.parts.links import address
from lab.ui.parts.period import WIDTH

SHOWN = {
    "cache": {"read": "read from it", "missed": "missed", "never": "never asked for"},
    "rating": {"up": "thumbs up", "down": "thumbs down", "none": "not rated"},
}
"""What values are called."""
TYPED = {
    "cost_from": "0.01",
    "cost_to": "0.5",
    "first_token_over": "1",
    "total_over": "10",
    "conversation": "id",
    "run": "id",
}
"""What is typed, with an example."""

Show = Callable[[str], str]


def go(before: str | None, after: str | None = None) -> None:
    """Show the page of calls behind this one, or in front of that, or the first; no call is open on it."""
    address(before=before, after=after, call=None)


def fields() -> None:
    """A control for each of `SIEVES`."""
    database = session.lab().store.read
    _pick("user", store.users_asked(database))
    _pick("model", store.names_asked(database, "model"))
    _pick("prompt", _prompts(store.prompts_asked(database)))
    _pick("state", get_args(State), _state)
    _pick("stop_reason", SIEVES["stop_reason"].values, _stop_reason)
    _pick("endpoint", store.names_asked(database, "endpoint"))
    _pick("source", SIEVES["source"].values, _source)
    for name in ("origin", "kind", "use", "cache", "rating", "marked"):
        _pick(name, SIEVES[name].values, _named(SHOWN.get(name, {})))
    for name, example in TYPED.items():
        _type(name, example)


def _named(words: Mapping[str, str]) -> Show:
    return lambda each: words.get(each, each)


def _prompts(logged: Sequence[str]) -> list[str]:
    """Prompts and versions in the log, and behind each prompt its labels."""
    names = {each.partition("@")[0] for each in logged}
    labels = {
        entry.name: [f"{entry.name}@{label}" for label in entry.labels]
        for entry in prompts.listing(shelf.folder())
        if entry.name in names
    }
    return [each for ref in logged for each in (ref, *labels.get(ref, ()))]


def _pick(name: str, options: Sequence[str], show: Show = str) -> None:
    """One value, or any. What the address asks for can be chosen, though no call has it."""
    key, asked = f"logs-{name}", st.query_params.get(name, "")
    if st.session_state.get(key) != asked:
        st.session_state[key] = asked
    st.selectbox(
        SIEVES[name].label,
        ["", *options, *([asked] if asked and asked not in options else [])],
        format_func=lambda each: show(each) if each else "Any",
        key=key,
        on_change=_picked,
        args=(name,),
        help=SIEVES[name].about,
        width=WIDTH,
    )


def _type(name: str, example: str) -> None:
    key, asked = f"logs-{name}", st.query_params.get(name, "")
    if st.session_state.get(key) != asked:
        st.session_state[key] = asked
    about = {"on_change": _picked, "args": (name,), "help": SIEVES[name].about}
    st.text_input(SIEVES[name].label, key=key, placeholder=example, width=WIDTH, **about)


def _picked(name: str) -> None:
    address(**{name: st.session_state[f"logs-{name}"].strip() or None})
    go(None)


def _state(state: str) -> str:
    words = {"ok": "complete answer", "refused": "declined to answer", **figures.STATES}.get(state, state)
    return state if words == state else f"{state}: {short(words)}"


def _stop_reason(name: str) -> str:
    return f"{name}: {short(figures.STOP_REASONS[name])}" if name in figures.STOP_REASONS else name


def _source(name: str) -> str:
    return f"{name}: {SOURCES[name]}" if name in SOURCES else name
