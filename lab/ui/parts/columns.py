"""The columns of a comparison, to be put together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lab import engine, prompts
from lab.engine import LETTERS, Column
from lab.errors import BadInput
from lab.prompts import Prompt
from lab.ui import session, shelf
from lab.ui.parts import together
from lab.ui.parts.asking import EFFORTS, LARGEST
from lab.ui.parts.notices import plain
from lab.ui.parts.references import refs

T = TypeVar("T")
ABREAST = 3
"""Columns beside each other; of more, so many a row."""


def rows(all: Sequence[T]) -> Iterator[Sequence[T]]:
    """Columns in rows that can be read: up to three beside each other, of four two and two."""
    wide = 2 if len(all) == 4 else ABREAST
    return (all[first : first + wide] for first in range(0, len(all), wide))


def abreast_places(count: int) -> list[DeltaGenerator]:
    """A place for each column."""
    return [place for row in rows(range(count)) for place in st.columns(len(row), gap="small")]


def chosen_columns() -> tuple[Column, ...]:
    """The editor, and what stands in it; all of it is in the address. Raises BadInput."""
    found = together.columns()
    known = refs(session.lab())
    for number, place in enumerate(abreast_places(len(found))):
        with place.container(border=True, gap="xsmall", key=f"compare-column-{number}"):
            _column(number, found[number], known, len(found))
    return found


def prompt_of(column: Column) -> Prompt | None:
    """The prompt that a column names, if it can be read."""
    try:
        return prompts.load(shelf.folder(), column.prompt) if column.prompt else None
    except BadInput:
        return None


def _column(number: int, column: Column, known: dict[str, str], count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{LETTERS[number]}** {plain(column.name)}", width="stretch")
        _moves(number, count)
    _select(number, "prompt", "Prompt", list(known), column.prompt, "No prompt", known)
    prompt = prompt_of(column)
    if column.prompt and not prompt:
        st.warning(plain(f"There is no prompt '{column.prompt}' that can be used."))
    usual = (prompt and prompt.model) or session.lab().settings.model
    _select(number, "model", "Model", list(session.lab().models), column.model, str(usual))
    with st.popover("More", icon=":material/tune:", key=f"compare-more-{number}", width="stretch"):
        _more(number, column, prompt, str(usual))
    if said := " · ".join(filter(None, (*column.changes, column.note))):
        st.caption(plain(said))


def _moves(number: int, count: int) -> None:
    for label, icon, move, off in (
        ("Duplicate", ":material/content_copy:", together.doubled, count >= engine.MOST),
        ("Remove", ":material/close:", together.removed, count <= engine.FEWEST),
    ):
        st.button(
            "",
            key=f"compare-{label.lower()}-{number}",
            icon=icon,
            type="tertiary",
            help=f"{label} this column",
            disabled=off,
            on_click=move,
            args=(number,),
        )


def _select(
    number: int,
    field: str,
    label: str,
    options: list[str],
    value: str | None,
    usual: str,
    shown: dict[str, str] | None = None,
) -> None:
    """One of several, or as usual; a value that there is no more stays to be seen."""
    key = f"compare-{field}-{number}"
    st.session_state[key] = value
    st.selectbox(
        label,
        options if value is None or value in options else [value, *options],
        index=None,
        format_func=lambda each: (shown or {}).get(each, each) or "none",
        placeholder=usual,
        key=key,
        on_change=_set,
        args=(number, field, key),
    )


def _set(number: int, field: str, key: str) -> None:
    value = st.session_state[key]
    together.changed(number, **{field: value or "" if field in ("name", "note") else value})


def _more(number: int, column: Column, prompt: Prompt | None, usual: str) -> None:
    for field, label in (("name", "Name"), ("note", "Note")):
        key = f"compare-{field}-{number}"
        st.session_state[key] = getattr(column, field)
        st.text_input(label, key=key, max_chars=200, on_change=_set, args=(number, field, key))
    model = session.lab().models.get(column.model or usual)
    efforts = list(EFFORTS if model is None or model.effort is None else model.effort)
    if efforts or column.effort:
        own = (prompt and prompt.effort) or (model and model.effort_default) or "the model’s own"
        _select(number, "effort", "Effort", efforts, column.effort, f"as usual ({own})")
    key = f"compare-max_tokens-{number}"
    st.session_state[key] = column.max_tokens
    said = prompt.max_tokens if prompt else session.lab().settings.max_tokens
    st.number_input(
        "Longest answer, in tokens (max_tokens)",
        1,
        LARGEST,
        None,
        placeholder=f"as usual ({said:,})",
        key=key,
        on_change=_set,
        args=(number, "max_tokens", key),
    )
    if prompt:
        own = prompt.examples.set if prompt.examples else "none"
        sets = [name.partition("/")[2] for name in prompts.sets(shelf.folder())]
        _select(number, "fewshot", "Few-shot set", ["", *sets], column.fewshot, f"as the prompt says ({own})")
    _options(number, column)
    _system(number, column, prompt)


def _options(number: int, column: Column) -> None:
    key = f"compare-options-{number}"
    kept = json.dumps(column.options, ensure_ascii=False) if column.options else ""
    bad = st.session_state.get(f"{key}-bad")
    st.session_state[key] = kept if bad is None else bad
    st.text_area(
        "Further fields, as JSON",
        key=key,
        placeholder='{"thinking": {"type": "disabled"}}',
        help="Fields of the API's body, as the API names them.",
        height=68,
        on_change=_set_options,
        args=(number, key),
    )
    if bad is not None:
        st.warning("This is no JSON object, and is left out.")


def _set_options(number: int, key: str) -> None:
    text = st.session_state[key].strip()
    try:
        value: Any = json.loads(text or "{}")
    except (ValueError, RecursionError):
        value = None
    good = isinstance(value, dict)
    st.session_state[f"{key}-bad"] = None if good else text
    if good:
        together.changed(number, options=value)


def _system(number: int, column: Column, prompt: Prompt | None) -> None:
    key = f"compare-system-{number}"
    own = prompt.system if prompt else ""
    st.session_state[key] = own if column.system is None else column.system
    st.text_area(
        "System text",
        key=key,
        height=200,
        help="Change it to try a draft; the prompt's file stays as it is.",
        on_change=_set_system,
        args=(number, key, own),
    )


def _set_system(number: int, key: str, own: str) -> None:
    text = st.session_state[key]
    together.changed(number, system=None if text == own else text)
