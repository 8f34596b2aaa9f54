"""Questions to begin with, which fit the prompt that is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from lab import evals, prompts
from lab.errors import BadInput
from lab.prompts import Prompt
from lab.ui import session
from lab.ui.parts.notices import plain

MOST, LONGEST = 3, 70
"""How many there are, and the characters of one that a button shows."""


class Suggestion(NamedTuple):
    """A question, with values for the prompt's variables and what is known."""

    text: str
    values: Mapping[str, Any] = {}
    context: str | None = None


GENERAL = tuple(
    map(
        Suggestion,
        (
            "What can you help me with?",
            "Explain prompt caching in three sentences.",
            "Write a polite reply to a customer who waits for a refund.",
        ),
    )
)
"""For no prompt at all."""


def suggestions(ref: str | None, key: str, ask: Callable[[Suggestion], None]) -> None:
    """A button for each; `ask` is told which was clicked."""
    with st.container(horizontal=True, horizontal_alignment="center", key=f"{key}-suggestions"):
        for number, one in enumerate(_fitting(str(session.lab().folder), ref)):
            text = " ".join(one.text.split())
            short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
            st.button(
                plain(short),
                key=f"{key}-suggestion-{number}",
                help=None if short == text else plain(one.text),
                on_click=ask,
                args=(one,),
            )


def purpose(ref: str | None) -> str:
    """What the prompt is for, in its own words; empty where it does not say."""
    found = _prompt(session.lab().folder / "prompts", ref)
    return found.description if found else ""


@st.cache_data(ttl=30, max_entries=50, show_spinner=False)
def _fitting(folder: str, ref: str | None) -> tuple[Suggestion, ...]:
    """The first cases of a dataset that is put to the prompt; without one the first of its own examples."""
    found = _prompt(Path(folder, "prompts"), ref)
    if found is None:
        return GENERAL
    cases = evals.openers(Path(folder, "datasets"), found.name, MOST)
    if cases:
        return tuple(Suggestion(case.input, _known(found, case.values), case.context) for case in cases)
    shown = prompts.fewshot(Path(folder, "prompts"), found.examples.set).examples if found.examples else ()
    return tuple(Suggestion(each.input) for each in shown[:MOST])


def _known(prompt: Prompt, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in prompt.variables}


def _prompt(folder: Path, ref: str | None) -> Prompt | None:
    try:
        return prompts.load(folder, ref) if ref else None
    except BadInput:  # where it is chosen stands what is wrong with it
        return None
