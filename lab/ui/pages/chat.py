"""Chat with a prompt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from lab import engine, store
from lab.errors import LabError
from lab.types import Request
from lab.ui import parts, session

TITLE, ICON, PLACE, LAYOUT = "Chat", ":material/chat:", 1, "centered"

PAGE = 20
"""Turns of a conversation that are drawn at first, and that each further click adds."""
CONTINUE = "Go on exactly where your last answer stopped, without repeating any of it."
ATTACHING = {"accept_file": "multiple", "file_type": ("png", "jpg", "jpeg", "gif", "webp", "pdf")}
"""What the browser offers to attach; what a file is, is told by its content."""
CUT = "Above this line Claude no longer sees: the conversation outgrew its context window."


def page() -> None:
    conversation = st.query_params.get("c")
    live = session.lives().of(session.who(), conversation) if conversation else None
    if live:
        session.hold(live)
    with st.sidebar:
        parts.conversations(conversation)
    turns = _turns(conversation, live)
    if conversation and not turns and not live:
        parts.error(f"There is no conversation '{conversation}'. It may have been deleted.")
        conversation = None
    # Everything has a place of its own: what a run does not draw again stays while an answer streams.
    head, controls, history, notice = st.container(), st.container(), st.container(), st.empty()
    with head:
        parts.head(conversation)
        parts.lineage(conversation, turns)
    with controls:
        parts.settings(conversation, turns[-1] if turns else None)
        parts.paused(*_prompts(conversation, turns))
    with history:
        _history(conversation, turns, live is not None)
    if problem := st.session_state.pop("chat-problem", None):
        with notice:
            parts.error(problem)
    elif not turns and not live:
        with notice.container():
            _suggest(conversation)
    with st.bottom:
        with st.container():
            parts.chips(conversation)
        shown = turns[-1]["id"] if turns else None
        about = {"on_submit": _send, "args": (conversation, shown), "disabled": live is not None, **ATTACHING}
        st.chat_input("Ask Claude", key="chat-input", **about)
    if live:
        with history:
            if (said := live.request.messages[-(live.request.origin.own or 1)])["role"] == "user":
                parts.question(said["content"])
            parts.follow(live)
        _over(live)
        st.rerun()


def _turns(conversation: str | None, live: engine.Live | None = None) -> list[dict[str, Any]]:
    """What the conversation shows; while an answer comes, what it stands behind."""
    if conversation is None:
        return []
    wanted = st.session_state.get(f"chat-turns-{conversation}", PAGE)
    head = (live.request.origin.parent or "") if live else None
    return store.turns(session.lab().store.read, session.who(), conversation, wanted + 1, head=head)


def _prompts(conversation: str | None, turns: Sequence[Mapping[str, Any]]) -> list[str]:
    """The prompts that the next turn may be asked through: the chosen one, else the last turn's."""
    chosen = parts.chosen(conversation, "").prompt or (turns[-1]["prompt"] if turns else None)
    return [chosen.partition("@")[0]] if chosen else []


def _history(conversation: str | None, turns: list[dict[str, Any]], busy: bool) -> None:
    wanted = st.session_state.get(f"chat-turns-{conversation}", PAGE)
    past = turns[-wanted:]
    if len(turns) > wanted:
        st.button("Show earlier turns", key="chat-earlier", on_click=_earlier, args=(conversation, wanted))
    cut = max((place for place, turn in enumerate(past) if turn["outside"]), default=None)
    for place, turn in enumerate(past):
        parts.turn(turn, turn is past[-1] and not busy, _act, busy)
        if place == cut:
            st.divider()
            pinned = " What is pinned goes along." if any(each["pinned"] for each in past[:cut]) else ""
            st.caption(f"{CUT}{pinned}")


def _suggest(conversation: str | None) -> None:
    ref = parts.chosen(conversation, "").prompt
    about = parts.purpose(ref) or "Pick a prompt above, or just write. Every call is in the log."
    parts.empty("Ask something to begin", about)
    parts.suggestions(ref, "chat", partial(_suggested, conversation))


def _suggested(conversation: str | None, one: parts.Suggestion) -> None:
    """Ask what was suggested; what the person typed into a field stands before what the suggestion says."""
    asked = parts.chosen(conversation, one.text)
    known = {"values": {**one.values, **asked.values}, "context": asked.context or one.context}
    _begin(conversation, replace(asked, **known))


def _earlier(conversation: str, shown: int) -> None:
    st.session_state[f"chat-turns-{conversation}"] = shown + PAGE


def _send(conversation: str | None, shown: str | None) -> None:
    sent = st.session_state["chat-input"]
    files = [engine.File(each.name, each.getvalue()) for each in sent.files]
    _ask(conversation, shown, sent.text, files)


def _ask(conversation: str | None, shown: str | None, text: str, files: Sequence[engine.File] = ()) -> None:
    """`shown` is the last turn that the person saw, whatever is shown elsewhere by now."""
    _begin(conversation, replace(parts.chosen(conversation, text, files), behind=shown))


def _begin(conversation: str | None, asked: engine.Asked) -> None:
    if _started(lambda: engine.ask(session.lab(), session.who(), asked)):
        parts.asked_once(conversation)
    else:  # what was typed is there to be sent again
        st.session_state["chat-input"] = asked.text
        if asked.files:
            st.session_state["chat-problem"] += " Then attach the files again."


def _act(how: str, call: str) -> None:
    """What a click below an answer does."""
    conversation, lab, who = st.query_params.get("c"), session.lab(), session.who()
    if how in ("show", "pin", "unpin"):
        _rearrange(how, conversation, call)
    elif how == "fork":
        parts.open_conversation(engine.fork(lab, who, conversation, call))
        st.toast("This is the fork. The conversation that it comes from stays as it is.")
    elif how == "continue":
        asked = replace(parts.chosen(conversation, CONTINUE), behind=call)
        _started(lambda: engine.ask(lab, who, asked))
    elif how == "tools":
        given = parts.tool_answers(call)
        _started(lambda: engine.answered(lab, who, call, given, conversation))
    elif how == "vary":
        varied = parts.reworded(call, lambda ref: parts.values(conversation, ref))
        if _started(lambda: engine.varied(lab, who, call, varied, conversation)):
            parts.shut()
    else:
        request = {"again": engine.again, "go on": engine.go_on, "shorten": engine.shortened}[how]
        _started(lambda: request(lab, who, call, conversation))


def _rearrange(how: str, conversation: str, call: str) -> None:
    """Show another alternative, or pin a turn or take the pin away; nothing is sent."""
    database = session.lab().store
    if how == "show":
        write = store.conversation_turned(conversation, store.tree(database.read, conversation).leaf(call))
    else:
        write = store.turn_pinned(conversation, call, how == "pin")
    database.post(write)
    database.flush()


def _started(request: Callable[[], Request]) -> bool:
    """Begin a call and show its conversation; what is wrong is said on the page."""
    try:
        live = session.start(request())
    except LabError as error:
        st.session_state["chat-problem"] = str(error)
        return False
    parts.open_conversation(live.conversation)
    return True


def _over(live: engine.Live) -> None:
    """What ended before it was written down is said on the page; all else stands in the conversation."""
    if live.error and live.answer.started is None:
        last = _turns(live.conversation)[-1:]
        if not last or last[0]["id"] != live.id:
            st.session_state["chat-problem"] = live.error
