"""One version of a prompt or few-shot set, whole, to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lab import documents, prompts
from lab.errors import BadInput
from lab.prompts import FewShot, Prompt
from lab.ui import shelf
from lab.ui.parts.links import address, link
from lab.ui.parts.notices import error, plain

PAIRS = 20
"""Examples on a page."""


def reading(name: str, version: int) -> None:
    """What it says; of one that cannot be read, the sentence and the file."""
    try:
        thing = prompts.thing(shelf.folder(), f"{name}@{version}")
    except BadInput as problem:
        error(shelf.said(problem))
    else:
        _about(name, thing)
        if isinstance(thing, FewShot):
            _pairs(thing)
        else:
            _prompt(thing)
    _file(name, version)


def _about(name: str, thing: Prompt | FewShot) -> None:
    if thing.description:
        st.markdown(plain(thing.description))
    if thing.message:
        st.markdown(f":material/history: **Why this version:** {plain(thing.message)}")
    with st.container(horizontal=True, vertical_alignment="center", key="prompts-about"):
        if isinstance(thing, Prompt):
            link("Try it in chat", "chat", ":material/chat:", prompt=f"{name}@{thing.version}")
        st.caption(f"SHA-256 {thing.hash[:12]}", width="content", help=f"Of the file: {thing.hash}")


def _prompt(prompt: Prompt) -> None:
    told, settings = st.columns([2, 1], gap="medium")
    with told:
        _text("System", prompt.system, "There is no system prompt.")
        _text("User", prompt.user, "")
    with settings:
        st.markdown("**Settings**")
        rows = _settings(prompt)
        st.dataframe(
            [{"Setting": key, "Value": value} for key, value in rows.items()],
            hide_index=True,
            key=f"prompts-settings-{prompt.name}-{prompt.version}",
        )
        if prompt.examples:
            _set(prompt.examples.set)
        for title, table in (("Answer's schema", prompt.schema), ("Extra fields", prompt.extra)):
            if table:
                st.markdown(f"**{title}**")
                st.code(documents.dump(dict(table)), language="yaml", wrap_lines=True)
    if prompt.variables:
        st.markdown("**Variables**")
        st.dataframe(
            [_variable(name, each) for name, each in prompt.variables.items()],
            hide_index=True,
            key=f"prompts-variables-{prompt.name}-{prompt.version}",
        )


def _text(title: str, text: str, none: str) -> None:
    st.markdown(f"**{title}**")
    if text:
        st.code(text, language=None, wrap_lines=True)
    else:
        st.caption(none)


def _settings(prompt: Prompt) -> dict[str, str]:
    """What the API is told beside the texts, in its own words."""
    thinking = prompt.thinking or {}
    return {
        "model": prompt.model or "the lab's",
        "max_tokens": f"{prompt.max_tokens:,}",
        "effort": prompt.effort or "the model's",
        "thinking": ", ".join(thinking.values()) or "the model's",
        "stop_sequences": ", ".join(map(repr, prompt.stop_sequences)) or "none",
        "cache": prompt.cache or "none",
        "examples": f"{prompt.examples.set}, as {prompt.examples.place}" if prompt.examples else "none",
    }


def _set(ref: str) -> None:
    try:
        name, version = prompts.resolve(shelf.folder(), f"{prompts.SETS}/{ref}")
    except BadInput as problem:
        error(shelf.said(problem))
        return
    st.button(
        f"Read the examples: {plain(ref)}",
        key="prompts-read-set",
        icon=":material/dataset:",
        type="tertiary",
        on_click=address,
        kwargs={"prompt": name, "version": str(version), "view": None, "draft": None, "with": None},
    )


def _variable(name: str, variable: prompts.Variable) -> dict[str, str]:
    return {
        "Name": name,
        "Type": variable.type,
        "Default": _value(variable.default),
        "Example": _value(variable.example),
        "About": variable.description,
    }


def _value(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    if isinstance(value, (Mapping, list)):
        return documents.dump(value).strip()
    return "" if value is None else str(value)


def _pairs(fewshot: FewShot) -> None:
    count = len(fewshot.examples)
    pages = -(-count // PAIRS)
    page = st.pagination(pages, key=f"prompts-pairs-{fewshot.name}-{fewshot.version}") if pages > 1 else 1
    first = (page - 1) * PAIRS
    for n, each in enumerate(fewshot.examples[first : first + PAIRS], first + 1):
        with st.container(border=True, gap="xsmall"):
            st.caption(f"Example {n} of {count}")
            asked, answered = st.columns(2, gap="medium")
            with asked:
                st.markdown(":small[**Input**]")
                st.text(each.input)
            with answered:
                st.markdown(":small[**Output**]")
                if isinstance(each.output, str):
                    st.text(each.output)
                else:
                    st.code(documents.dump(each.output), language="yaml", wrap_lines=True)


def _file(name: str, version: int) -> None:
    try:
        text = prompts.source(shelf.folder(), name, version)
    except BadInput:
        return
    with st.expander(f"The file: prompts/{name}/v{version}.yaml", icon=":material/code:"):
        st.code(text, language="yaml", wrap_lines=True)
        st.download_button(
            "Download",
            text,
            f"v{version}.yaml",
            "application/yaml",
            key=f"prompts-download-{name}-{version}",
            icon=":material/download:",
            on_click="ignore",
        )
