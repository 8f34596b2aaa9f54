"""Writes that can be put down as a line of JSON, and made later from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from lab.errors import StoreError
from lab.store.sqlite import Connection

Write = Callable[[Connection], Any]
"""Some statements to run inside the writer's transaction; they may run again when it has to be repeated.
A Replayable one can wait on another disk."""

P = ParamSpec("P")
_FUNCTIONS: dict[str, Callable[..., Any]] = {}


@dataclass(frozen=True, slots=True)
class Replayable:
    """A Write: a function of this room by its name, and its arguments, which JSON can hold."""

    name: str
    arguments: tuple[Any, ...]

    def __call__(self, connection: Connection) -> Any:
        return _FUNCTIONS[self.name](connection, *self.arguments)

    def line(self) -> str:
        """The write in one line, with its line break."""
        return json.dumps([self.name, *self.arguments]) + "\n"


def replayable(function: Callable[Concatenate[Connection, P], Any]) -> Callable[P, Replayable]:
    """A function that writes becomes one that gives the Write. Its arguments stand in their order."""
    _FUNCTIONS[function.__name__] = function

    @wraps(function)
    def named(*arguments: P.args, **no_names: P.kwargs) -> Replayable:
        return Replayable(function.__name__, arguments)

    return named


def read(line: str) -> Replayable:
    """The write that `line` put down. Raises StoreError where it is none of this lab's."""
    try:
        name, *arguments = json.loads(line)
    except ValueError:
        name, arguments = None, []
    if name not in _FUNCTIONS:
        raise StoreError(f"A line of the spool is no write of this lab: {line[:80]!r}.")
    return Replayable(name, tuple(arguments))
