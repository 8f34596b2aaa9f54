"""An exchange becomes an example of a few-shot set, in a new version of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import engine, prompts, store
from lab.errors import BadInput
from lab.prompts import Conflict
from lab.ui import session, shelf
from lab.ui.parts.links import link
from lab.ui.parts.notices import error, plain
from lab.ui.parts.saving import SAVED, just_saved, patch_button

WHY = "One more example, from a conversation."


def example(call: Mapping[str, Any]) -> None:
    """The form. `call` is a row of `store.turns`."""
    id, sets = call["id"], prompts.sets(shelf.folder())
    said, wrong = st.session_state.get(f"showing-said-{id}", ("", False))
    if wrong:
        error(said)
    elif said:
        just_saved(said, st.session_state[SAVED]["version"])
        link("Open the set", "prompts", icon=":material/menu_book:", prompt=said)
        return
    if not sets:
        st.caption("There are no few-shot sets yet. The Prompts page makes one.")
        return
    name = st.selectbox("Few-shot set", sets, key=f"showing-set-{id}", format_func=_short)
    form = engine.shape(session.lab(), call["prompt"], call["version"])
    asked = engine.told(call["question"] or "", form)[1]
    st.text_area("Input", asked, key=f"showing-input-{id}", height="content")
    answer = store.plain_text(call["answer"] or ())
    st.text_area("Output", answer, key=f"showing-output-{id}", height="content")
    st.text_input(
        "Why is there a new version?", "One more example, from a conversation.", key=f"showing-why-{id}"
    )
    try:
        newest = prompts.versions(shelf.folder(), name)[-1].number
        with st.container(horizontal=True):
            if prompts.writable(shelf.folder(), name):
                st.button(
                    f"Save as version {newest + 1}",
                    key=f"showing-save-{id}",
                    type="primary",
                    icon=":material/save:",
                    on_click=_save,
                    args=(id, name, newest),
                )
            edit = prompts.saving(shelf.folder(), name, _fields(id, name, newest), newest)
            patch_button(name, prompts.patch(shelf.folder(), edit), f"showing-patch-{id}")
    except BadInput as problem:
        st.caption(f":orange[:material/warning:] {plain(shelf.said(problem))}")


def _short(name: str) -> str:
    return name.partition("/")[2]


def _fields(id: str, name: str, version: int) -> dict[str, Any]:
    said = [st.session_state[f"showing-{each}-{id}"] for each in ("input", "output", "why")]
    return prompts.with_example(shelf.folder(), name, version, *said)


def _save(id: str, name: str, version: int) -> None:
    """`version` is the newest that the person saw; where somebody was faster they are told."""
    try:
        edit = prompts.saved(shelf.folder(), name, _fields(id, name, version), version)
    except Conflict as conflict:
        words = f"Somebody saved version {conflict.newer} of {name} meanwhile. Nothing was lost: save again, "
        st.session_state[f"showing-said-{id}"] = (f"{words}and it is added to that one.", True)
    except BadInput as problem:
        st.session_state[f"showing-said-{id}"] = (shelf.said(problem), True)
    else:
        patch = prompts.patch(shelf.folder(), edit)
        st.session_state[SAVED] = {"name": name, "version": edit.thing.version, "patch": patch}
        st.session_state[f"showing-said-{id}"] = (name, False)
