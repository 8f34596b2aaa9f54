"""Old exchanges that go along with the next question, in its “Context:” block."""

from __future__ import annotations

import streamlit as st

from lab import engine, store
from lab.ui import session
from lab.ui.parts.notices import plain

LONGEST = 30
"""Characters of an exchange's name."""

Exchange = tuple[str, str]
"""A conversation, and the call in it."""


def recall(current: str | None, exchange: Exchange) -> None:
    """Put an exchange into the context of the next question of a conversation (None: of a new one)."""
    known = st.session_state.get(_key(current), [])
    st.session_state[_key(current)] = [*(each for each in known if each != exchange), exchange]


def forget(current: str | None, exchange: Exchange | None = None) -> None:
    """Take it out again; all of them where none is named."""
    known = st.session_state.get(_key(current), [])
    st.session_state[_key(current)] = [each for each in known if exchange and each != exchange]


def recalled(current: str | None) -> list[str]:
    """Their texts."""
    found = (_said(*each) for each in st.session_state.get(_key(current), ()))
    return [f"Earlier question: {asked}\nAnswer: {answer}" for asked, answer in filter(None, found)]


def chips(current: str | None) -> None:
    """One for each of them, which a click takes away."""
    known = st.session_state.get(_key(current), ())
    if not known:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="chat-chips"):
        st.caption("Goes along:", width="content")
        for conversation, call in known:
            said = _said(conversation, call)
            name = " ".join(said[0].split()) if said else "It is gone"
            st.button(
                plain(name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"),
                key=f"chat-chip-{call}",
                icon=":material/close:",
                help="Leave it out again",
                on_click=forget,
                args=(current, (conversation, call)),
            )


def _said(conversation: str, call: str) -> tuple[str, str] | None:
    """Question and answer in words; None where the conversation is gone."""
    found = store.turns(session.lab().store.read, session.who(), conversation, 1, head=call)
    if not found:
        return None
    return engine.told(found[0]["question"] or "")[1], store.plain_text(found[0]["answer"] or ())


def _key(current: str | None) -> str:
    return f"chat-recalled-{current or 'new'}"
