"""The alternatives of a turn, to be flipped through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from lab import engine, figures, store
from lab.ui import session
from lab.ui.parts.notices import plain

WORDS = 60
"""Characters of a question in the list of alternatives."""


def alternatives(call: Mapping[str, Any], act: Callable[[str, str], None], busy: bool) -> None:
    """Arrows to the ones beside it, and between them the list of all with their figures; nothing where there
    is only one. `call` is a row of `store.turns`."""
    ids, id = call["alternatives"], call["id"]
    if len(ids) < 2:
        return
    at = ids.index(id)
    with st.container(horizontal=True, vertical_alignment="center", gap=None, width="content"):
        _arrow("Earlier alternative", ":material/chevron_left:", ids, at - 1, act, busy)
        listed = st.popover(
            f"{at + 1} of {len(ids)}", type="tertiary", key=f"chat-others-{id}", on_change="rerun"
        )
        _arrow("Later alternative", ":material/chevron_right:", ids, at + 1, act, busy)
    if listed.open:
        with listed:
            for number, each in enumerate(ids, 1):
                _listed(number, each, each == id or busy, act)


def _arrow(
    about: str, icon: str, ids: list[str], to: int, act: Callable[[str, str], None], busy: bool
) -> None:
    there = 0 <= to < len(ids)
    st.button(
        "",
        key=f"chat-flip-{icon}-{ids[0]}",
        icon=icon,
        type="tertiary",
        help=about,
        disabled=busy or not there,
        on_click=act,
        args=("show", ids[to] if there else ids[0]),
    )


def _listed(number: int, id: str, shown: bool, act: Callable[[str, str], None]) -> None:
    found = store.call(session.lab().store.read, session.who(), id)
    said = engine.told(found["request"]["messages"][-1]["content"])[1] if found["request"] else ""
    named = found["answered_by"] or found["model"]
    prompt = f" · {found['prompt']}@{found['version'] or 'draft'}" if found["prompt"] else ""
    st.button(
        f"{number}. {plain(named)}{plain(prompt)}",
        key=f"chat-show-{id}",
        type="tertiary",
        disabled=shown,
        on_click=act,
        args=("show", id),
    )
    st.caption(f"{plain(' '.join(said.split())[:WORDS])}  \n{plain(figures.line(found))}")
