"""What changed between two versions, word by word: added underlined on green, removed struck out on red."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import streamlit as st

from lab import prompts
from lab.prompts import Change

PROSE = ("description", "system", "user")
"""Fields that are set as text; the others are set like code."""

HTML = "<div id='fields'></div>\n"

CSS = """
#fields { color: var(--st-text-color); font-family: var(--st-font); line-height: 1.6; }
h4 { margin: 0; padding: 0.45rem 0.9rem; font-size: 0.85rem; font-weight: 600;
  background: var(--st-secondary-background-color); border-bottom: 1px solid var(--st-border-color); }
section { border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
  overflow: hidden; margin-bottom: 0.9rem; }
.text { padding: 0.7rem 0.9rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.95rem; }
.code .text { font-family: var(--st-code-font); font-size: 0.82rem; }
ins, del { border-radius: 3px; padding: 0.05em 0.1em; box-decoration-break: clone;
  -webkit-box-decoration-break: clone; }
ins { background: var(--st-green-background-color); color: var(--st-green-text-color);
  text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 0.2em; }
del { background: var(--st-red-background-color); color: var(--st-red-text-color);
  text-decoration: line-through; }
details { margin: 0.2rem 0; }
summary { cursor: pointer; font-family: var(--st-font); font-size: 0.8rem; opacity: 0.7; white-space: normal;
  padding: 0.15rem 0; }
summary:hover { opacity: 1; }
details[open] { border-left: 2px solid var(--st-border-color); padding-left: 0.7rem; }
"""

JS = """
const written = text => text.trim() ? text : text.replace(/ /g, "\\u00b7").replace(/\\n/g, "\\u21b5\\n")

function pieces(stretch) {
  return stretch.map(([op, text]) => {
    const element = document.createElement({ "+": "ins", "-": "del" }[op] ?? "span")
    element.textContent = op === "=" ? text : written(text)
    return element
  })
}

function folded(stretch) {
  const details = document.createElement("details"), summary = document.createElement("summary")
  const text = stretch.map(([, text]) => text).join("")
  const lines = text.split("\\n").length - (text.endsWith("\\n") ? 1 : 0)
  summary.textContent = `${lines} unchanged lines`
  details.append(summary, ...pieces(stretch))
  return details
}

export default function ({ data, parentElement }) {
  const fields = data.changes.map(change => {
    const section = document.createElement("section"), head = document.createElement("h4")
    const text = document.createElement("div")
    section.className = change.prose ? "prose" : "code"
    text.className = "text"
    head.textContent = change.field
    change.stretches.forEach((stretch, n) => text.append(...(n % 2 ? [folded(stretch)] : pieces(stretch))))
    section.append(head, text)
    return section
  })
  parentElement.querySelector("#fields").replaceChildren(...fields)
}
"""
"""Puts text in as text, never as HTML: whatever stands in a prompt is shown as it is."""


def difference(
    changes: Sequence[Change], key: str, same: str = "They say the same.", prose: bool = False
) -> None:
    """The fields that differ, with what is unchanged for long folded away; `same` is said where none does.
    `prose`: all of them are set as text."""
    if changes:
        _component()(key=key, data={"changes": [_data(change, prose) for change in changes]})
    else:
        st.caption(same)


def _data(change: Change, prose: bool) -> dict[str, Any]:
    return {
        "field": change.field,
        "prose": prose or change.field in PROSE,
        "stretches": [[list(piece) for piece in stretch] for stretch in prompts.folded(change.pieces)],
    }


@cache
def _component() -> Any:
    return st.components.v2.component("lab_difference", html=HTML, css=CSS, js=JS)
