"""One field of a file: what it may hold, and the sentence where it holds something else."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from lab.documents import Document
from lab.errors import nearest

Where = tuple[str | int, ...]
"""The path of keys and positions to a value in a document."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
NAME_RULE = "names are small letters, digits, - and _, up to 64 of them, and begin with a letter or a digit"


def listed(names: Collection[object]) -> str:
    """`a, b and 3 more`."""
    shown = [str(name) for name in names][:8]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def named(where: Where) -> str:
    """`variables.product.type`, `examples[2].input` (counted from 1)."""
    text = ""
    for part in where:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".") or "the file"


def described(value: object) -> str:
    """What a value is, for a sentence."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text '{value[:40]}'" if value.strip() else "blank"
    return "a table" if isinstance(value, Mapping) else "a list"


def at(document: Document, where: Where) -> Any:
    """The value there."""
    value = document.value
    for part in where:
        value = value[part]
    return value


def text(document: Document, where: Where) -> str:
    """Text that is not blank. Raises BadInput."""
    value = at(document, where)
    if isinstance(value, str) and value.strip():
        return value
    hint = ""
    if isinstance(value, (bool, int, float)):
        hint = f' Quote it: "{str(value).lower()}".'
    elif value is None:
        hint = " Write it, or take the line out."
    elif isinstance(value, Mapping) and not isinstance(where[-1], int):
        hint = " Text with { } or a colon needs quotes, or a block: write | and the text below it."
    raise document.error(f"{named(where)} must be text, but is {described(value)}.{hint}", *where)


def texts(document: Document, where: Where) -> tuple[str, ...]:
    """A list of texts, at least one. Raises BadInput."""
    return tuple(text(document, (*where, n)) for n in range(len(entries(document, where))))


def whole(document: Document, where: Where) -> int:
    """A whole number from 1. Raises BadInput."""
    value = at(document, where)
    if type(value) is not int or value < 1:
        raise document.error(
            f"{named(where)} must be a whole number from 1, but is {described(value)}.", *where
        )
    return value


def word(document: Document, where: Where, choice: Collection[str]) -> str:
    """One of a few words. Raises BadInput naming them and the nearest."""
    value = at(document, where)
    if not isinstance(value, str) or value not in choice:
        sentence = f"{named(where)} must be one of {', '.join(choice)}, but is {described(value)}."
        raise document.error(sentence + nearest(value, choice), *where)
    return value


def table(document: Document, where: Where, known: Collection[str] | None = None) -> Mapping[str, Any]:
    """A table whose names are text, and among the known ones. Raises BadInput naming the nearest."""
    value = at(document, where)
    if not isinstance(value, dict):
        hint = f" It may hold {', '.join(known)}." if known else ""
        raise document.error(f"{named(where)} must be a table, but is {described(value)}.{hint}", *where)
    for key in value:
        if known is not None and key not in known:
            place = f" in {named(where)}" if where else ""
            hint = nearest(key, known) or f" There are {', '.join(known)}."
            raise document.error(f"there is no field '{key}'{place}.{hint}", *where, key)
        if not isinstance(key, str):
            raise document.error(f"the name {key} in {named(where)} must be text. Quote it.", *where, key)
    return value


def entries(document: Document, where: Where) -> list[Any]:
    """A list that is not empty. Raises BadInput."""
    value = at(document, where)
    if not isinstance(value, list) or not value:
        what = "an empty list" if value == [] else described(value)
        raise document.error(f"{named(where)} must be a list of at least one, but is {what}.", *where)
    return value


def data(document: Document, where: Where) -> Any:
    """Anything that JSON can hold. Raises BadInput."""
    value = at(document, where)
    if isinstance(value, dict):
        for key in table(document, where):
            data(document, (*where, key))
    elif isinstance(value, list):
        for n in range(len(value)):
            data(document, (*where, n))
    return value
