"""One conversation of the log: what it took, a picture of its turns, and each turn with its calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st

from lab import figures, store, talks
from lab.errors import BadInput
from lab.gaps import gap
from lab.ui import session
from lab.ui.parts import spans
from lab.ui.parts.colours import marked
from lab.ui.parts.dialoguechart import dialogue_chart
from lab.ui.parts.figures import drawable, figure, outcome
from lab.ui.parts.links import address, link
from lab.ui.parts.notices import empty, error, plain

LONGEST = 100
"""Turns that are drawn: the last ones."""
WORDS = 150
"""Characters of a question and of an answer."""
HELP = {
    "last activity": "When something was said in it last, in your time zone.",
    "turns": "Turns to resolution: the questions that it took, to the last that it shows. One that still "
    "goes on counts as it stands.",
    "follow-ups": "Answers after which the person asked on: fewer, where the first answer settles it.",
    "last answer": "How the last call that it shows ended. An answer that settles the question is the last "
    "one; only the person knows whether it did.",
    "thumbs": "What anybody rated its answers.",
    "cost": "What all of its calls cost that ended, alternatives included. Estimates are marked, unknown "
    "costs are in no sum, and what is simulated or replayed stands apart: nobody pays for it.",
}

Call = Mapping[str, Any]


def dialogue(id: str) -> None:
    """It, with the way back to the list."""
    st.button(
        "All conversations",
        key="dialogue-back",
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=_back,
    )
    try:
        found = store.dialogue(session.lab().store.read, session.who(), id, LONGEST, _upto())
    except BadInput:
        error(f"There is no conversation '{id}' that you may see.")
        return
    _head(found)
    turns = drawable(found["turns_shown"])
    if not turns:
        empty("Nothing was asked", "It has no turn yet. Ask something in it in Chat.")
        return
    _part(turns[0]["number"], turns[-1]["number"], found["turns_in_all"])
    dialogue_chart(turns)
    before = None
    for turn in turns:
        _turn(turn, gap(before, turn["call"]))
        before = turn["call"]


def _back() -> None:
    address(conversation=None, upto=None)


def _upto() -> int | None:
    """The last turn that is drawn, where the address names one."""
    asked = st.query_params.get("upto", "")
    return int(asked) if asked.isdecimal() and len(asked) < 9 else None


def _part(first: int, last: int, whole: int) -> None:
    """Which turns are drawn, where it is not all of them, and the way to others."""
    if (first, last) == (1, whole):
        return
    ways = {"Earlier": (max(first - 1, 1), first > 1), "Later": (min(last + LONGEST, whole), last < whole)}
    with st.container(horizontal=True, vertical_alignment="center", key="dialogue-part"):
        st.caption(f"Turns {first:,} to {last:,} of {whole:,}.", width="content")
        for name, (upto, there) in ways.items():
            st.button(
                name,
                key=f"dialogue-{name.lower()}",
                type="tertiary",
                disabled=not there,
                on_click=address,
                kwargs={"upto": str(upto) if upto < whole else None},
            )


def _head(found: Mapping[str, Any]) -> None:
    st.subheader(plain(drawable(found["title"])), anchor=False)
    began, last = (
        datetime.fromisoformat(found[name]).astimezone(spans.zone()).strftime("%Y-%m-%d %H:%M")
        for name in ("created_at", "updated_at")
    )
    forked = " · a fork: its first turns are calls of another conversation" * bool(found["forked_from"])
    st.caption(plain(drawable(f"{found['user']} · {began} to {last} · {found['id']}{forked}")))
    turns = "–" if found["turns"] is None else f"{found['turns']:,}"
    with st.container(horizontal=True, key="dialogue-figures"):
        figure("turns", turns, HELP["turns"])
        figure("follow-ups", f"{found['followed']:,}", HELP["follow-ups"])
        figure("last answer", outcome(found)[0] if found["state"] else "–", HELP["last answer"])
        figure("thumbs", talks.thumbs(found["thumbs_up"], found["thumbs_down"]), HELP["thumbs"])
        figure("cost", talks.costs(found["spent"]), HELP["cost"])
    with st.container(horizontal=True, vertical_alignment="center", key="dialogue-links"):
        link("Open in chat", "chat", icon=":material/chat:", c=found["id"])
        st.button(
            "Its calls",
            key="dialogue-calls",
            icon=":material/receipt_long:",
            type="tertiary",
            on_click=address,
            kwargs={"view": None, "upto": None},
        )


def _turn(turn: Mapping[str, Any], since: str) -> None:
    """The question, and what was answered: the one that is shown, then those in its place."""
    call, others = turn["call"], turn["others"]
    with st.container(border=True, gap="small", key=f"dialogue-turn-{turn['number']}"):
        question = figures.beginning(call["question"] or "", WORDS, call["letters"]) or "(no text)"
        st.markdown(f"**{turn['number']}** {plain(question)}")
        _answer(call, since)
        if others:
            folded = st.expander(
                f"{figures.many(len(others), 'other answer')} to it",
                type="compact",
                key=f"dialogue-others-{call['id']}",
                on_change="rerun",
            )
            if folded.open:
                with folded:
                    for other in others:
                        _answer(other, "")


def _answer(call: Call, since: str) -> None:
    answer = figures.beginning(call["answer"], WORDS, call["answer_letters"])
    st.markdown(plain(answer) if answer else ":gray[No words came.]")
    thumbs = talks.thumbs(call["thumbs_up"], call["thumbs_down"])
    told = (
        outcome(call, call["tries"])[0],
        f"first token {figures.seconds(call['first_token_ms'])}",
        f"total {figures.seconds(call['total_ms'])}",
        figures.cost(call),
        figures.source(call) if call["source"] != "api" else "",
        f"rated {thumbs}" if thumbs != "–" else "",
        since and f"{since} after the turn before",
    )
    model = marked(call["answered_by"] or call["model"])
    with st.container(horizontal=True, vertical_alignment="center", key=f"dialogue-call-{call['id']}"):
        st.caption(" · ".join([model, *(plain(each) for each in told if each)]), width="stretch")
        st.button(
            "Call",
            key=f"dialogue-open-{call['id']}",
            icon=":material/open_in_new:",
            type="tertiary",
            on_click=address,
            kwargs={"view": None, "conversation": None, "upto": None, "call": call["id"]},
        )
