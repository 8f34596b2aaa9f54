"""One case of a check: what was asked, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lab import evals, figures, store
from lab.evals import judges
from lab.ui import session
from lab.ui.parts.ballot import ballot
from lab.ui.parts.figures import drawable
from lab.ui.parts.links import address, link
from lab.ui.parts.notices import plain

GRADES = {
    False: (":red[:material/close:]", "failed"),
    None: (":orange[:material/help:]", "no verdict"),
    True: (":green[:material/check:]", "passed"),
}
"""What is wrong stands first."""

LONG, HEIGHT = 1500, 320
"""Characters beyond which a text is scrolled, in so many pixels."""


def case(run: Mapping[str, Any], id: str, tags: Sequence[str]) -> None:
    """What was asked and how each variant answered."""
    kept, who = session.lab().store.read, session.who()
    results = store.results_of(kept, who, run["id"], id)
    st.subheader(plain(id))
    known = evals.texts(kept, who, run["id"], [id])[id]
    if known["input"]:
        asked(known, tags)
    if not results:
        waits = run["state"] == "running" or run["batches"]
        st.caption("There is no answer yet." if waits else "It was not asked.")
    said = judges.opinions(kept, who, run, id) if run["settings"].get("judges") else {}
    votes = store.votes(kept, who, [result["call_id"] for result in results])
    first = next((each for each in results if each["variant"] == run["settings"]["variants"][0]), None)
    for number, variant in enumerate(run["settings"]["variants"]):
        if answers := [result for result in results if result["variant"] == variant]:
            with st.container(border=True, key=f"runs-answer-{number}"):
                st.markdown(f"**{plain(variant)}**")
                for result in answers:
                    _answer(result, run["settings"], len(answers), said.get(result["call_id"], {}))
                if number and first:
                    pair = answers[0]["call_id"], first["call_id"]
                    ballot(*pair, first["variant"], votes.get(pair), shortcuts=number == 1)


def asked(known: Mapping[str, Any], tags: Sequence[str]) -> None:
    """A case's question, with what was known beside it."""
    if "columns" not in known:
        st.caption("The last message, as it was sent")
    text(known["input"])
    if tags:
        st.caption(plain(f"tags: {', '.join(tags)}"))
    if known.get("context"):
        with st.expander("Context", key="runs-case-context"):
            text(known["context"])
    if known.get("columns"):
        with st.expander("Columns", key="runs-case-columns"):
            st.json(json.dumps(drawable(known["columns"]), ensure_ascii=False, default=str))


def _answer(result: Mapping[str, Any], settings: Mapping[str, Any], many: int, said: judges.Said) -> None:
    """One of so many, or of as many as were to be asked, with what people say of it."""
    if (of := max(settings["repeats"], many)) > 1:
        st.caption(f"Answer {result['repeat']} of {of}")
    if words := store.plain_text(result["answer"]):
        text(words)
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
                    if people := said.get(grade["name"]):
                        words = ", ".join(f"{name}: {verdict}" for name, verdict in people.items())
                        st.caption(plain(f"People: {words}"))
    with st.container(horizontal=True, vertical_alignment="center"):
        figure = [result["state"], figures.seconds(result["total_ms"]), figures.cost(result)]
        figure += [f"reused from call {result['call_id']}"] if result["reused"] else []
        st.caption(plain(" · ".join(figure)), width="stretch")
        if settings.get("judges") and result["answer"]:
            st.button(
                "Rate",
                key=f"runs-rate-{result['call_id']}-{result['repeat']}",
                type="tertiary",
                icon=":material/how_to_reg:",
                help="Say what the judge is asked, so that it can be held against people.",
                on_click=address,
                kwargs={"view": "rate", "answer": result["call_id"]},
            )
        link("Log", "logs", icon=":material/receipt_long:", call=result["call_id"])


def text(words: str) -> None:
    """As it stands, to the letter; what is long is scrolled."""
    st.code(drawable(words), None, wrap_lines=True, height=HEIGHT if len(words) > LONG else "content")
