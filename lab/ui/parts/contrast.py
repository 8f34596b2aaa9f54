"""Two answers held against each other: word by word, and those that follow a schema field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import streamlit as st

from lab import engine, prompts, store
from lab.engine import LETTERS
from lab.prompts import Change, Piece
from lab.ui.parts.difference import difference
from lab.ui.parts.figures import drawable
from lab.ui.parts.rows import table

Call = Mapping[str, Any]


def contrast(before: Call, after: Call, field: str, key: str) -> None:
    """What is in the first answer alone is struck out, what is in the second alone underlined."""
    texts = [store.plain_text(call["answer"] or []) for call in (before, after)]
    pieces = tuple(Piece(piece.op, drawable(piece.text)) for piece in prompts.pieces(*texts))
    same = texts[0] == texts[1]
    difference([] if same else [Change(field, pieces)], key, "The same answer, to the letter.", prose=True)


def by_field(calls: Sequence[Call | None], key: str) -> None:
    """A table of the fields of all answers that follow a schema, where there are two or more of them."""
    values = [_fields(call) if call else None for call in calls]
    if sum(value is not None for value in values) < 2:
        return
    names = dict.fromkeys(name for value in values if value for name in value)
    rows = []
    for name in names:
        said = [None if value is None else value.get(name, "–") for value in values]
        alike = len({each for each in said if each is not None}) == 1
        cells = {letter: each for letter, each in zip(LETTERS, said, strict=False) if each is not None}
        rows.append({"": "=" if alike else "≠", "field": name} | cells)
    st.dataframe(table(drawable(rows)), hide_index=True, key=key, alt="The fields of all answers")


def _fields(call: Call) -> dict[str, str] | None:
    """An answer's fields by their paths; None where it follows no schema, or is no JSON."""
    if not engine.schema(call["options"] or {}):
        return None
    try:
        value = json.loads(store.plain_text(call["answer"] or []))
    except (ValueError, RecursionError):
        return None
    return dict(_flat(value, ""))


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from _flat(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and any(isinstance(each, (dict, list)) for each in value):
        for number, each in enumerate(value, 1):
            yield from _flat(each, f"{path}[{number}]")
    else:
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
