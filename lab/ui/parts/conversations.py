"""The person's conversations, in the sidebar, and the head of the one that is open."""

from __future__ import annotations

import streamlit as st

from lab import store
from lab.ui import session
from lab.ui.parts.links import address
from lab.ui.parts.notices import plain

PAGE = 15
"""Conversations that are listed at first, and that each further click adds."""
LONGEST = 34
"""Characters of a title in the list."""


def conversations(current: str | None) -> None:
    """The list, newest first, with the one that is open marked."""
    st.button(
        "New chat",
        key="chat-new",
        icon=":material/add:",
        width="stretch",
        on_click=open_conversation,
        args=(None,),
        disabled=current is None,
    )
    wanted = st.session_state.get("chat-listed", PAGE)
    found = store.conversations(session.lab().store.read, session.who(), wanted + 1)
    running = {live.conversation for live in session.lives().running(session.who())}
    with st.container(gap=None, key="chat-conversations"):
        for each in found[:wanted]:
            title = each["title"]
            st.button(
                plain(title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"),
                key=f"chat-open-{each['id']}",
                type="secondary" if each["id"] == current else "tertiary",
                icon=":material/pending:" if each["id"] in running else None,
                on_click=open_conversation,
                args=(each["id"],),
                wrap=False,
                help=plain(title) if len(title) > LONGEST else None,
            )
    if len(found) > wanted:
        st.button("Show more", key="chat-more", type="tertiary", on_click=_more, args=(wanted,))


def open_conversation(id: str | None) -> None:
    """Show a conversation, or (None) an empty page for a new one."""
    address(c=id)


def head(id: str | None) -> None:
    """The title of the open conversation, to be renamed or deleted."""
    if id is None:
        st.title("Chat")
        return
    title = store.title(session.lab().store.read, session.who(), id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(title or "New chat"), anchor=False)
        with st.popover("Edit", icon=":material/more_horiz:", type="tertiary", key="chat-head"):
            named = title or ""
            st.text_input("Title", named, key=f"chat-title-{id}", on_change=_rename, args=(id,), max_chars=80)
            st.caption("The calls of a deleted conversation stay in the log: they were made and paid for.")
            st.button(
                "Delete this conversation",
                key=f"chat-delete-{id}",
                icon=":material/delete:",
                on_click=_delete,
                args=(id,),
            )


def _more(shown: int) -> None:
    st.session_state["chat-listed"] = shown + PAGE


def _rename(id: str) -> None:
    database = session.lab().store
    database.post(store.conversation_renamed(id, st.session_state[f"chat-title-{id}"]))
    database.flush()


def _delete(id: str) -> None:
    lives, database = session.lives(), session.lab().store
    if live := lives.of(session.who(), id):
        lives.stop(live.id)
        st.session_state["chat-problem"] = "An answer was still being written. It was stopped; delete again."
        return
    database.post(store.conversation_deleted(id))
    database.flush()
    open_conversation(None)
    st.toast("The conversation was deleted.", icon=":material/delete:")
