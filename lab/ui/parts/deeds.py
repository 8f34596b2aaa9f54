"""What can be done with a turn besides going on: a menu, and below the turn the form that it opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from lab.ui.parts.addition import form as case_form
from lab.ui.parts.example import example
from lab.ui.parts.rewording import rewording

Act = Callable[[str, str], None]

OPEN = "chat-panel"
"""In the session: which turn's form is open, and which form."""
WORDS = {
    "reword": ":material/edit: Edit, or ask otherwise",
    "fork": ":material/fork_right: Fork from here",
    "pin": ":material/keep: Pin: always send it along",
    "unpin": ":material/keep_off: Take the pin away",
    "dataset": ":material/playlist_add: Add to dataset",
    "example": ":material/format_list_bulleted_add: Add to few-shot set",
    "log": ":material/receipt_long: Show in the log",
}
FORMS = ("reword", "dataset", "example")


def deeds(call: Mapping[str, Any], act: Act) -> None:
    """The menu. `call` is a row of `store.turns`."""
    id, key = call["id"], f"chat-deeds-{call['id']}"
    chosen = st.menu_button(
        "Actions",
        _offered(call),
        key=key,
        icon=":material/more_horiz:",
        type="tertiary",
        format_func=WORDS.__getitem__,
        on_click=_chosen,
        args=(key, id, act),
    )
    if chosen == "log":
        st.switch_page(st.session_state["pages"]["logs"], query_params={"call": id})


def deed_form(call: Mapping[str, Any], act: Act, busy: bool) -> None:
    """The form that is open below this turn, if one is."""
    id, (opened, how) = call["id"], st.session_state.get(OPEN, (None, None))
    if opened != id:
        return
    with st.container(border=True, key=f"chat-form-{id}"):
        if how == "reword":
            rewording(call, act, busy)
        elif how == "dataset":
            case_form(id)
        else:
            example(call)
        st.button("Close", key=f"chat-close-{id}", icon=":material/close:", type="tertiary", on_click=shut)


def shut() -> None:
    """Close the form that is open."""
    st.session_state.pop(OPEN, None)


def _offered(call: Mapping[str, Any]) -> list[str]:
    if not call["sent"]:
        return ["log"]
    pin = "unpin" if call["pinned"] else "pin"
    asked = ["reword"] if call["question"] is not None else []
    kept = ["dataset", "example"] if call["answer"] else ["dataset"]
    return [*asked, "fork", *([pin] if call["answer"] else []), *kept, "log"]


def _chosen(key: str, id: str, act: Act) -> None:
    how = st.session_state[key]
    if how in FORMS:
        st.session_state[OPEN] = (id, how)
    elif how in WORDS and how != "log":
        act(how, id)
