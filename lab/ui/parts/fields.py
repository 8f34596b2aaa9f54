"""An answer that follows a schema: its fields under their names, while they fill and afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import streamlit as st

from lab import engine
from lab.ui.parts.notices import plain, warning

DEEPEST = 6
"""Levels of a value that are drawn as lists; what is below them stands as JSON."""


def filling(value: Any, wanted: Mapping[str, Any] | None) -> str:
    """A value as Markdown; of the fields that its schema names and that have not come yet, the names."""
    lines = list(_lines(value, 0))
    known = wanted.get("properties") if wanted else None
    if isinstance(value, Mapping) and isinstance(known, Mapping):
        lines += [f"- **{plain(str(name))}** :gray[…]" for name in known if name not in value]
    return "\n".join(lines) or ":gray[…]"


def answered(call: Mapping[str, Any], text: str, draw: Callable[[str], None]) -> None:
    """The words of a turn: its fields where it followed a schema, else as `draw` draws them; and whether
    it kept to the schema."""
    asked = call["options"] or {}
    value = _value(text) if engine.schema(asked) else None
    if isinstance(value, (dict, list)) and value:
        st.markdown(filling(value, None))
        with st.expander("JSON", type="compact"):
            st.code(json.dumps(value, indent=2, ensure_ascii=False), "json", wrap_lines=True)
    else:
        draw(text)
    misfits(asked, call)


def misfits(asked: Mapping[str, Any], call: Mapping[str, Any]) -> None:
    """Say of a logged call's answer that it does not fit its schema, where that is so."""
    if why := engine.misfit(asked, call["answer"] or [], call["stop_reason"]):
        warning(why, ":material/rule:")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _lines(value: Any, depth: int) -> Iterator[str]:
    """A table or list as the lines of nested lists; anything else as one line."""
    pad = "  " * depth
    if isinstance(value, Mapping):
        pairs = [(f"**{plain(str(name))}**", each) for name, each in value.items()]
    elif isinstance(value, list):
        pairs = [(f":gray[{number}]", each) for number, each in enumerate(value, 1)]
    else:
        yield _word(value, pad)
        return
    for name, each in pairs:
        if isinstance(each, (dict, list)) and each and depth < DEEPEST:
            if isinstance(each, list) and not any(isinstance(one, (dict, list)) for one in each):
                yield f"{pad}- {name} {', '.join(_word(one, pad) for one in each)}"
            else:
                yield f"{pad}- {name}"
                yield from _lines(each, depth + 1)
        else:
            yield f"{pad}- {name} {_word(each, pad)}"


def _word(value: Any, pad: str) -> str:
    """A value that is drawn in its line; a text keeps its own line breaks."""
    if value == "":
        return ":gray[empty]"
    if isinstance(value, str):
        return plain(value).replace("\n", f"  \n{pad}  ")
    return plain(json.dumps(value, ensure_ascii=False))
