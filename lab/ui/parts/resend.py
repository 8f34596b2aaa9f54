"""A call of the log sent once more, by a person who knows what it may cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import engine, store
from lab.errors import BadInput, LabError
from lab.ui import session
from lab.ui.parts.links import link
from lab.ui.parts.notices import plain


def resend(call: Mapping[str, Any]) -> None:
    """Where it did not come to its end; nothing else is sent again from here."""
    id = call["id"]
    if call["state"] not in engine.UNFINISHED:
        return
    try:
        found = engine.resend(session.lab(), session.who(), id)
    except BadInput:  # nothing of it was kept
        return
    if call["resent_as"]:
        st.caption(f"Sent again as call {call['resent_as']}.")
    with st.popover("Send again", icon=":material/replay:", type="tertiary", key=f"logs-resend-{id}"):
        st.markdown(plain(found.price))
        st.button("Send", key=f"logs-resend-send-{id}", type="primary", on_click=_send, args=(id,))
        said, conversation = st.session_state.get(f"logs-resent-{id}", ("", None))
        if said:
            st.markdown(plain(said))
        if conversation:
            link("Open in chat", "chat", icon=":material/chat:", c=conversation)


def _send(id: str) -> None:
    try:
        live = session.start(engine.resend(session.lab(), session.who(), id).request)
        session.lab().store.post(store.call_resent(id, live.id))
        told = (f"It is being made, as call {live.id}.", live.conversation)
    except LabError as error:
        told = (str(error), None)
    st.session_state[f"logs-resent-{id}"] = told
