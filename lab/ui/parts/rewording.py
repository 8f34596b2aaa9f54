"""The form that asks a turn once more: in other words, of another model, through another prompt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from lab import engine
from lab.engine import Varied
from lab.ui import session
from lab.ui.parts.references import refs


def rewording(call: Mapping[str, Any], act: Callable[[str, str], None], busy: bool) -> None:
    """`call` is a row of `store.turns`. What was asked and answered stays, as an alternative."""
    lab, id = session.lab(), call["id"]
    form = engine.shape(lab, call["prompt"], call["version"])
    words = engine.told(call["question"] or "", form)[1]
    st.text_area("Question", words, key=f"chat-reword-{id}", height="content")
    known = refs(lab)
    with st.container(horizontal=True):
        st.selectbox(
            "Model",
            list(lab.models),
            None,
            key=f"chat-remodel-{id}",
            placeholder=f"as it was: {call['model']}",
        )
        st.selectbox(
            "Prompt",
            known,
            None,
            key=f"chat-reprompt-{id}",
            format_func=lambda each: known.get(each, each),
            placeholder="as it was",
            help="Its system text, examples and tools take the place of those that were sent. Variables have "
            "the values in the fields at the top of the page, or their own.",
        )
    st.caption("What was asked and answered here stays: the arrows below the new answer lead back to it.")
    st.button(
        "Send",
        key=f"chat-revary-{id}",
        type="primary",
        icon=":material/send:",
        disabled=busy,
        on_click=act,
        args=("vary", id),
    )


def reworded(call: str, values: Callable[[str | None], Mapping[str, Any]]) -> Varied:
    """What the form says; `values` gives those for the variables of a prompt."""
    said = {name: st.session_state.get(f"chat-{name}-{call}") for name in ("reword", "remodel", "reprompt")}
    return Varied(said["reword"] or "", said["remodel"], said["reprompt"], values(said["reprompt"]))
