"""A table of a file as a dataclass: every field checked, whatever is wrong named with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from lab.errors import BadInput, nearest

T = TypeVar("T")
Reader = Callable[[Any, str], Any]
"""A value as it was written, and where; gives the field's own, or raises BadInput."""


def filled(base: T, table: Any, where: str, readers: Mapping[str, Reader]) -> T:
    """`base` with a table's values for every field that has a default; a field `since` is written `from`.

    `readers` read the kinds of fields that are not among KINDS. Raises BadInput naming place and field.
    """
    if not isinstance(table, Mapping):
        raise BadInput(f"{where} must be a table.")
    known = {"from" if f.name == "since" else f.name: f for f in fields(base) if f.default is not MISSING}
    values = {}
    for key, value in table.items():
        if key not in known:
            raise BadInput(f"{where}: no field '{key}'.{nearest(key, list(known))}")
        kind = known[key].type.removesuffix(" | None")
        unknown = value is None and kind != known[key].type
        read = readers.get(kind) or KINDS[kind]
        values[known[key].name] = None if unknown else read(value, f"{where}, {key}")
    return replace(base, **values)


def one_of(*words: str) -> Reader:
    """A reader of one of these words."""
    *most, last = (f'"{word}"' for word in words)
    return _checked(lambda value: value in words, f"{', '.join(most)} or {last}")


def _checked(fits: Callable[[Any], object], wanted: str, made: Callable[[Any], Any] = lambda v: v) -> Reader:
    def read(value: Any, where: str) -> Any:
        if not fits(value):
            raise BadInput(f"{where}: {value!r} is not {wanted}.")
        return made(value)

    return read


KINDS: Mapping[str, Reader] = {
    "str": _checked(lambda v: isinstance(v, str) and v != "", "text"),
    "int": _checked(lambda v: type(v) is int and v > 0, "a whole number above 0"),
    "bool": _checked(lambda v: isinstance(v, bool), "true or false"),
    "date": _checked(lambda v: type(v) is date, "a day such as 2026-11-30"),
    "Decimal": _checked(  # a float from TOML gives back the digits that were typed
        lambda v: re.fullmatch(r"\d+(\.\d+)?([eE][-+]?\d\d?)?", str(v)),
        "a number of 0 or more",
        lambda v: Decimal(str(v)),
    ),
    "tuple[str, ...]": _checked(
        lambda v: isinstance(v, list) and all(type(w) is str for w in v), "a list of words", tuple
    ),
}
