"""One exchange of a conversation: the question, the answer, what it took, and what can be done about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import streamlit as st

from lab import engine, figures, store
from lab.ui import session
from lab.ui.parts.alternatives import alternatives
from lab.ui.parts.attached import attached
from lab.ui.parts.deeds import Act, deed_form, deeds
from lab.ui.parts.fields import answered
from lab.ui.parts.figures import figured
from lab.ui.parts.misses import missed
from lab.ui.parts.notices import error, hint, plain, warning
from lab.ui.parts.tools import exchange, given, waiting
from lab.ui.parts.words import typed, words

CLAUDE, PERSON = ":material/asterisk:", ":material/person:"
FOLDED = 3000
"""Characters of a question beyond which the rest is folded away."""

THUMBS = {1: 1, -1: 0}
"""A stored rating as Streamlit counts thumbs."""

LONG = 2000
"""Characters above which an answer is offered as a file."""


def turn(call: Mapping[str, Any], last: bool, act: Act, busy: bool = False) -> None:
    """`call` is a row of `store.turns`. What is done about it `act` is told: how, and of which call. The last
    turn can be gone on with, or asked again. `busy`: an answer is coming, which no click may send away."""
    if call["question"] is not None or not call["sent"]:  # else the model went on with its own turn
        question(call["question"])
    with st.chat_message("assistant", avatar=CLAUDE):
        reply(call)
        waiting(call, last, act)
        outcome(call)
        if call["pinned"]:
            st.caption(":material/keep: Pinned: it goes along with every question.")
        figured(call)
        missed(call)
        _actions(call, last, act, busy)


def reply(call: Mapping[str, Any]) -> None:
    """What came back: tools, thinking, the answer."""
    blocks = call["answer"] or []
    thought = "".join(block.get("thinking", "") for block in blocks if block.get("type") == "thinking")
    exchange(call["steps"])
    if thought:
        thinking(thought)
    if call["state"] == "refused" and blocks:
        _discarded(store.plain_text(blocks))
    else:
        answered(call, store.plain_text(blocks), answer)


def question(content: Any) -> None:
    """What the person asked; context and a long text are folded, a prompt's tags round it are left out."""
    context, text = engine.told(content or "")
    with st.chat_message("user", avatar=PERSON):
        if given(content or "") and not text:
            return
        attached(content)
        if context:
            with st.expander("Context", type="compact"):
                st.markdown(typed(context))
        st.markdown(typed(text[:FOLDED]) or ":gray[Nothing of the question was kept.]")
        if len(text) > FOLDED:
            with st.expander(f"{len(text) - FOLDED:,} more characters", type="compact"):
                st.markdown(typed(text[FOLDED:]))


def thinking(text: str) -> None:
    with st.expander("Thought", type="compact"):
        st.markdown(words(text))


def _discarded(text: str) -> None:
    """What came before the model declined: it is no answer, and no part of the conversation."""
    with st.expander("Begun, then discarded", type="compact"):
        st.markdown(words(text))
        st.caption("Claude declined in the middle. This is not sent along with the next question.")


def answer(text: str) -> None:
    """The model's words; JSON as JSON."""
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        with suppress(ValueError, RecursionError):
            st.code(json.dumps(json.loads(stripped), indent=2, ensure_ascii=False), "json", wrap_lines=True)
            return
    st.markdown(words(text))


def outcome(call: Mapping[str, Any]) -> None:
    """What the person has to know about an answer that is not simply finished."""
    if call["rule"]:
        st.caption(f":material/alt_route: {plain(figures.ruled(call))}")
    if call["rerouted"]:
        st.caption(f":material/alt_route: {plain(call['rerouted'])}")
    if call["flagged"]:
        st.caption(f":material/flag: A person is to look at this: {plain(call['flagged'])}")
    ended = figures.outcome(call)
    ended = f"{ended[:1].upper()}{ended[1:]}."
    if call["state"] == "refused":
        warning(f"Claude declined to answer{figures.declined(call)}.", ":material/block:")
    elif call["error"]:
        error(f"{ended} {call['error']}")
    elif call["stop_reason"] not in ("end_turn", "stop_sequence") or call["refused_in_words"]:
        hint(ended)


ACTIONS = {
    "max_tokens": ("continue", "Continue", ":material/play_arrow:"),
    "pause_turn": ("go on", "Go on", ":material/play_arrow:"),
    "model_context_window_exceeded": ("shorten", "Ask with half the history", ":material/content_cut:"),
}
"""What can be done about an answer that stopped for a reason: its name, the button's words and icon."""


def _actions(call: Mapping[str, Any], last: bool, act: Act, busy: bool) -> None:
    id = call["id"]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"chat-actions-{id}"):
        _rating(call)
        alternatives(call, act, busy)
        if last and call["stop_reason"] in ACTIONS:
            how, label, icon = ACTIONS[call["stop_reason"]]
            st.button(label, key=f"chat-on-{id}", icon=icon, on_click=act, args=(how, id))
        if last and call["sent"]:
            whole = call["state"] == "ok"
            st.button(
                "Regenerate" if whole else "Ask again",
                key=f"chat-{'regenerate' if whole else 'again'}-{id}",
                type="tertiary" if whole else "secondary",
                icon=":material/refresh:",
                on_click=act,
                args=("again", id),
            )
        if len(text := store.plain_text(call["answer"] or ())) > LONG:
            _download(id, text)
        deeds(call, act)
    deed_form(call, act, busy)


def _download(id: str, text: str) -> None:
    st.download_button(
        "Download",
        text.encode("utf-8", "replace"),
        f"answer-{id}.md",
        "text/markdown",
        key=f"chat-download-{id}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def _rating(call: Mapping[str, Any]) -> None:
    id, known, note = call["id"], THUMBS.get(call["rating"]), call["note"] or ""
    st.feedback("thumbs", key=f"chat-rate-{id}", default=known, on_change=_rate, args=(id, note))
    noting = st.popover(
        "Note", type="tertiary", icon=":material/edit_note:", key=f"chat-noting-{id}", on_change="rerun"
    )
    # A field under each answer would be most of what a page of turns costs to draw. One that was opened
    # stays: closing it is also what sends the words that were typed.
    if noting.open or st.session_state.get(f"chat-noted-{id}"):
        st.session_state[f"chat-noted-{id}"] = True
        noting.text_area(
            "What is good or bad about this answer?",
            note,
            key=f"chat-note-{id}",
            on_change=_rate,
            args=(id, note),
            placeholder="A sentence is enough. It is kept with your rating.",
        )


def _rate(call: str, note: str) -> None:
    """Keep what the person says of an answer. A note without a thumb is kept as neither good nor bad."""
    thumb = st.session_state.get(f"chat-rate-{call}")
    note = st.session_state.get(f"chat-note-{call}", note)
    value = {1: 1, 0: -1}.get(thumb, 0 if note.strip() else None)
    session.lab().store.post(store.rated(call, session.who(), value, note.strip()))
