"""Which calls somebody wants, as it stands behind the `?` of an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_type_hints

from lab.errors import BadInput, nearest
from lab.store.wanted import Wanted


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("no zone")
    return found


_READ: Mapping[type, tuple[Callable[[str], Any], str]] = {
    str: (str, "text"),
    int: (int, "a whole number"),
    float: (float, "a number"),
    tuple[int, ...]: (
        lambda text: tuple(int(each) for each in text.split(",")),
        "whole numbers with commas between",
    ),
    bool: ({"true": True, "false": False}.__getitem__, "true or false"),
    datetime: (_moment, "a time with its zone, such as 2026-11-29T12:00:00Z"),
}
_WRITTEN: Mapping[type, Callable[[Any], str]] = {
    bool: lambda value: str(value).lower(),
    tuple[int, ...]: lambda value: ",".join(map(str, value)),
    datetime: datetime.isoformat,
}
_KINDS = {
    name: next(each for each in get_args(kind) if each is not NoneType)
    for name, kind in get_type_hints(Wanted).items()
}


def as_query(wanted: Wanted) -> dict[str, str]:
    """What is asked for, by name, as text that `from_query` reads."""
    asked = {name: getattr(wanted, name) for name in _KINDS}
    return {
        name: _WRITTEN.get(_KINDS[name], str)(value) for name, value in asked.items() if value is not None
    }


def from_query(query: Mapping[str, str]) -> Wanted:
    """Raises BadInput with a sentence for what is no filter, or no value of one."""
    found = {}
    for name, text in query.items():
        if name not in _KINDS:
            raise BadInput(f"There is no filter '{name[:50]}'.{nearest(name, _KINDS)}")
        read, words = _READ[_KINDS[name]]
        try:
            found[name] = read(text)
        except (ValueError, KeyError):
            raise BadInput(f"{name} must be {words}, not '{text[:50]}'.") from None
    return Wanted(**found)
