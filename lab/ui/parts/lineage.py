"""Where a conversation comes from that began with another's turns, or with a logged call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lab import engine, store
from lab.ui import session
from lab.ui.parts.conversations import open_conversation
from lab.ui.parts.links import link
from lab.ui.parts.notices import plain


def lineage(conversation: str | None, turns: Sequence[Mapping[str, Any]]) -> None:
    """Nothing for one that began by itself. As long as nothing else was said, also what of its call cannot
    be sent again as it was. `turns` are those that are shown."""
    if conversation is None:
        return
    database, who = session.lab().store, session.who()
    source, call = store.lineage(database.read, conversation)
    if call is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="chat-lineage"):
        if source:
            st.caption(":material/fork_right: Forked from", width="content")
            st.button(
                plain(store.title(database.read, who, source) or "another conversation"),
                key="chat-source",
                type="tertiary",
                on_click=open_conversation,
                args=(source,),
            )
        else:
            st.caption(":material/replay: It begins with a call of the log", width="content")
        link("Log", "logs", icon=":material/receipt_long:", call=call)
    if turns and turns[-1]["id"] == call:
        _exactly(store.call(database.read, who, call), source is None)


def _exactly(call: Mapping[str, Any], alone: bool) -> None:
    before = len(call["request"]["messages"]) - 1 if alone and call["request"] else 0
    more = f", with {before} message{'s' * (before > 1)} before the question" if before else ""
    st.caption(f"“Regenerate” and “Ask again” send it exactly as it was sent{more}.")
    for sentence in engine.departures(session.lab(), call):
        st.caption(f":orange[:material/warning:] {plain(sentence)}")
