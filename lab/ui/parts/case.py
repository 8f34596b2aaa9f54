"""One case of a check: what was asked, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import figures, store
from lab.evals import Case
from lab.ui import session
from lab.ui.parts.figures import drawable
from lab.ui.parts.links import link
from lab.ui.parts.notices import plain

GRADES = {
    False: (":red[:material/close:]", "failed"),
    None: (":orange[:material/help:]", "no verdict"),
    True: (":green[:material/check:]", "passed"),
}
"""What is wrong stands first."""

LONG, HEIGHT = 1500, 320
"""Characters beyond which a text is scrolled, in so many pixels."""


def case(run: Mapping[str, Any], id: str, known: Case | None) -> None:
    """`known` is the case as its dataset has it, where that is still the one that was asked."""
    results = store.results_of(session.lab().store.read, session.who(), run["id"], id)
    st.subheader(plain(id))
    if known:
        _asked(known)
    elif results:
        st.caption("The last message, as it was sent")
        _text(store.plain_text(results[0]["asked"] or ""))
    if not results:
        st.caption("It was not asked yet." if run["state"] == "running" else "It was not asked.")
    for number, variant in enumerate(run["settings"]["variants"]):
        if answers := [result for result in results if result["variant"] == variant]:
            with st.container(border=True, key=f"runs-answer-{number}"):
                st.markdown(f"**{plain(variant)}**")
                for result in answers:
                    _answer(result, run["settings"]["repeats"])


def _asked(known: Case) -> None:
    _text(known.input)
    if known.tags:
        st.caption(plain(f"tags: {', '.join(known.tags)}"))
    if known.context:
        with st.expander("Context", key="runs-case-context"):
            _text(known.context)
    with st.expander("Columns", key="runs-case-columns"):
        st.json(json.dumps(dict(known.columns), ensure_ascii=False, default=str))


def _answer(result: Mapping[str, Any], repeats: int) -> None:
    if repeats > 1:
        st.caption(f"Answer {result['repeat']} of {repeats}")
    if text := store.plain_text(result["answer"]):
        _text(text)
    elif not result["error"]:
        st.caption("The answer holds no text.")
    if result["error"]:
        st.text(drawable(result["error"]))
    for passed, (sign, word) in GRADES.items():
        for grade in result["grades"]:
            if grade["passed"] is passed:
                with st.container(gap=None):
                    st.markdown(f"{sign} **{plain(grade['name'])}** {word}")
                    st.text(drawable(grade["reason"]))
    with st.container(horizontal=True, vertical_alignment="center"):
        figure = (result["state"], figures.seconds(result["total_ms"]), figures.cost(result))
        st.caption(plain(" · ".join(figure)), width="stretch")
        link("Log", "logs", icon=":material/receipt_long:", call=result["call_id"])


def _text(text: str) -> None:
    """As it stands, to the letter; what is long is scrolled."""
    st.code(drawable(text), None, wrap_lines=True, height=HEIGHT if len(text) > LONG else "content")
