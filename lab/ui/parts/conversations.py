"""The person's conversations, in the sidebar, and the head of the one that is open."""

from __future__ import annotations

import streamlit as st

from lab import store
from lab.ui import session
from lab.ui.parts.links import address
from lab.ui.parts.notices import plain
from lab.ui.parts.recalling import recall

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
    sought = st.text_input(
        "Search",
        key="chat-search",
        type="search",
        live="300ms",
        placeholder="Search conversations",
        label_visibility="collapsed",
        persist_state="session",
    )
    if sought and sought.strip():
        _hits(current, sought)
    else:
        _list(current)


def _hits(current: str | None, sought: str) -> None:
    """Where the words stand, with a button that puts such an exchange into the next question's context."""
    found = store.conversations_saying(session.lab().store.read, session.who(), sought, PAGE)
    if not found:
        st.caption("No conversation says that.")
    for number, hit in enumerate(found):
        with st.container(gap=None, key=f"chat-hit-{number}"):
            st.button(
                plain(_short(hit["title"])),
                key=f"chat-found-{number}-{hit['id']}-{hit['call']}",
                type="tertiary",
                on_click=_found,
                args=(hit["id"], hit["call"]),
                wrap=False,
            )
            if not hit["call"]:
                continue
            st.caption(plain(hit["excerpt"]))
            st.button(
                "Use as context",
                key=f"chat-use-{number}-{hit['call']}",
                type="tertiary",
                icon=":material/add_comment:",
                on_click=recall,
                args=(current, (hit["id"], hit["call"])),
                help="Send this exchange along with the next question.",
            )


def _found(id: str, call: str | None) -> None:
    """Open a conversation where it says what was sought: on the branch that says it."""
    database = session.lab().store
    grown = store.tree(database.read, id)
    if call in grown.behind and call not in grown.path() and not session.lives().of(session.who(), id):
        database.post(store.conversation_turned(id, grown.leaf(call)))
        database.flush()
    open_conversation(id)


def _list(current: str | None) -> None:
    wanted = st.session_state.get("chat-listed", PAGE)
    found = store.conversations(session.lab().store.read, session.who(), wanted + 1)
    running = {live.conversation for live in session.lives().running(session.who())}
    with st.container(gap=None, key="chat-conversations"):
        for each in found[:wanted]:
            title = each["title"]
            st.button(
                plain(_short(title)),
                key=f"chat-open-{each['id']}",
                type="secondary" if each["id"] == current else "tertiary",
                icon=":material/pending:" if each["id"] in running else None,
                on_click=open_conversation,
                args=(each["id"],),
                wrap=False,
                width="stretch",
                help=plain(title) if len(title) > LONGEST else None,
            )
    if len(found) > wanted:
        st.button("Show more", key="chat-more", type="tertiary", on_click=_more, args=(wanted,))


def _short(title: str) -> str:
    return title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"


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
