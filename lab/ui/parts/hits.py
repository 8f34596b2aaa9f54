"""Calls that were sought by words, each with where it says them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from lab import figures, store
from lab.ui import session
from lab.ui.parts import spans
from lab.ui.parts.colours import marked
from lab.ui.parts.figures import drawable, outcome, prompt
from lab.ui.parts.links import address
from lab.ui.parts.notices import plain

WORDS = 100
"""Characters of a question, with what is said of those left out; the opened call has all of it."""

Call = Mapping[str, Any]


def hits(found: Sequence[Call], words: str) -> None:
    """A page of calls in their order. A click on the question opens the call."""
    said = store.excerpts(session.lab().store.read, [call["id"] for call in found], words)
    now = datetime.now(spans.zone())
    with st.container(gap="small", key="logs-hits"):
        for call in found:
            with st.container(gap=None, key=f"logs-hit-{call['id']}"):
                _hit(drawable(call), highlighted(drawable(said[call["id"]]), words), now)


def _hit(call: Call, excerpt: str, now: datetime) -> None:
    st.button(
        plain(figures.beginning(call["question"] or "", WORDS, call["letters"]) or "(no text)"),
        key=f"logs-open-{call['id']}",
        type="tertiary",
        wrap=False,
        on_click=address,
        kwargs={"call": call["id"]},
    )
    st.markdown(excerpt)
    told = (
        spans.local(call["started_at"], now),
        outcome(call, call["tries"])[0],
        prompt(call),
        figures.cost(call),
        *([figures.source(call)] if call["source"] != "api" else []),
    )
    model = marked(call["answered_by"] or call["model"])
    st.caption(" · ".join([model, *(plain(each) for each in told if each)]))


def highlighted(text: str, words: str) -> str:
    """Safe Markdown of a text, in which the words stand out; nothing in it is read as Markdown."""
    found, at = [], 0
    for begin, end in store.spots(text, words):
        found += [plain(text[at:begin]), f":orange-background[{plain(text[begin:end])}]"]
        at = end
    return "".join([*found, plain(text[at:])])
