"""Compare: one question to several prompts, models or settings at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lab import engine, store
from lab.engine import File, Said
from lab.errors import BadInput, LabError
from lab.ui import parts, session
from lab.ui.pages.chat import ATTACHING

TITLE, ICON, PLACE = "Compare", ":material/view_column:", 1.5

OVER = {"question": "One question", "dataset": "Cases of a dataset"}


def page() -> None:
    id = st.query_params.get("id")
    with st.sidebar:
        parts.comparisons(id)
    with st.container():
        if problem := st.session_state.pop("compare-problem", None):
            parts.error(problem)
    # One place for the columns to be chosen: where answers come, what stood there is gone before they end.
    run = st.query_params.get("run")
    setup = st.empty() if id or run else st.container()
    if id:
        _open(id, setup)
    elif run:
        parts.compared_cases(run)
    else:
        with setup:
            _new()


def _new() -> None:
    st.title("Compare")
    over = parts.pick("Over", "over", list(OVER), "question", "compare-over", OVER.get, tabs=True)
    columns = parts.chosen_columns()
    _paused(columns)
    if over == "dataset":
        parts.over_cases(columns)
        return
    parts.shared(columns)
    with st.container():
        _input(partial(_compare, columns), "Ask all columns")
    if not st.query_params.get("input"):
        named = next((column.prompt for column in columns if column.prompt), None)
        parts.suggestions(named, "compare", partial(_suggested, columns))


def _suggested(columns: tuple[engine.Column, ...], one: parts.Suggestion) -> None:
    """Ask what was suggested; what the person typed into a field stands before what the suggestion says."""
    typed = parts.said(one.text)
    known = {"values": {**one.values, **typed.values}, "context": typed.context or one.context}
    _send(partial(_compare, columns), replace(typed, **known))


def _open(id: str, setup: DeltaGenerator) -> None:
    try:
        found = store.comparison(session.lab().store.read, session.who(), id)
    except BadInput as problem:
        with setup.container():
            parts.error(str(problem))
            _new()
        return
    going = engine.running(session.lives(), session.who(), found)
    for live in going.values():
        session.hold(live)
    parts.comparison_head(found)
    _paused([column for _, column in engine.columns_with(found)])
    turns, below = st.container(), st.container()
    with below:  # not at the window's bottom, where Streamlit would scroll to the last column again and again
        _input(partial(_go_on, id), "Ask all columns the next question", bool(going))
    with turns:
        parts.comparison(found, partial(_retry, id))


def _paused(columns: Sequence[engine.Column]) -> None:
    parts.paused(*(column.prompt.partition("@")[0] for column in columns if column.prompt))


def _input(send: Callable[[Said], str], placeholder: str, disabled: bool = False) -> None:
    wanted, marked = st.query_params.get("input"), "compare-prefilled"
    if wanted and st.session_state.get(marked) != wanted:
        st.session_state["compare-input"] = wanted
    st.session_state[marked] = wanted  # once, and again when somebody comes back to it
    about: dict[str, Any] = {"on_submit": _sent, "args": (send,), "disabled": disabled, **ATTACHING}
    st.chat_input(placeholder, key="compare-input", **about)


def _sent(send: Callable[[Said], str]) -> None:
    sent = st.session_state["compare-input"]
    _send(send, parts.said(sent.text, [File(each.name, each.getvalue()) for each in sent.files]))


def _send(send: Callable[[Said], str], said: Said) -> None:
    try:
        id = send(said)
    except LabError as error:
        st.session_state["compare-problem"] = str(error)
        st.session_state["compare-input"] = said.text  # what was typed is there to be sent again
    else:
        parts.address(id=id, columns=None, input=None, like=None, over=None)


def _compare(columns: tuple[engine.Column, ...], said: Said) -> str:
    return engine.compare(session.lives(), session.who(), columns, said, session.visitor())


def _go_on(id: str, said: Said) -> str:
    engine.go_on_comparing(session.lives(), session.who(), id, said, session.visitor())
    return id


def _retry(id: str, number: int) -> None:
    try:
        engine.retry_column(session.lives(), session.who(), id, number, session.visitor())
    except LabError as error:
        st.session_state["compare-problem"] = str(error)
