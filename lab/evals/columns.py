"""Templates over the columns of a case."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from lab.errors import BadInput
from lab.evals.row import Row
from lab.graders import nearest, scalar
from lab.prompts import Fault, placeholders, render

ALONE = re.compile(r"\{\{\s*\w+\s*\}\}")


@dataclass(frozen=True)
class Template:
    """A template, or a value that is none, and where it stands."""

    value: Any
    where: str


def text(value: Any) -> str:
    """A value as it stands within a text: null is empty, lists and tables are JSON."""
    if value is None:
        return ""
    plain = scalar(value)
    return json.dumps(value, ensure_ascii=False) if plain is None else plain


def fill(template: Template, row: Row, known: Collection[str]) -> Any:
    """The template with the row's columns put in; one that is only `{{column}}` gives its value as it is.

    `known` are the columns of all rows. Raises BadInput with the nearest column.
    """
    if not isinstance(template.value, str):
        return template.value
    names = _names(template)
    for name in names:
        require(name, template.where, row, known)
    if len(names) == 1 and ALONE.fullmatch(template.value):
        return row.columns[names[0]]
    return render(template.value, {name: text(row.columns[name]) for name in names})


def require(name: str, where: str, row: Row, known: Collection[str]) -> None:
    """Raises BadInput where the row has no such column, which `where` asks for."""
    if name not in known:
        raise BadInput(f"{where}: there is no column '{name}'. {nearest(name, known)}")
    if name not in row.columns:
        raise BadInput(f"{row.where()}: there is no '{name}' here; {where} asks for it.")


@functools.lru_cache(maxsize=1000)
def _names(template: Template) -> tuple[str, ...]:
    try:
        return tuple(each.name for each in placeholders(template.value))
    except Fault as fault:
        raise BadInput(f"{template.where}: {fault if fault.below else fault.sentence}") from None
