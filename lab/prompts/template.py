"""Templates: `{{name}}` stands for a value, `\\{{` for `{{`, and nothing else means anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lab.errors import BadInput

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
NAME_RULE = "letters, digits and _, up to 64 of them, not beginning with a digit"
_LITERAL = "\\{{"
_MARK = re.compile(rf"\\\{{\{{|\{{\{{[ \t]{{0,50}}({NAME.pattern})[ \t]{{0,50}}\}}\}}|\{{\{{")
_SEEN = 200  # characters behind `{{` that are looked at to say what is wrong there


class Placeholder(NamedTuple):
    """A name in a template, and how many lines stand above it."""

    name: str
    below: int


class Fault(BadInput):
    """What is wrong in a template, and how many lines stand above it."""

    def __init__(self, sentence: str, below: int) -> None:
        super().__init__(f"line {below + 1} of the text: {sentence}")
        self.sentence = sentence
        self.below = below


def placeholders(template: str) -> Iterator[Placeholder]:
    """The names in a template, from first to last, as often as they stand there. Raises Fault."""
    start = below = 0
    for mark in _MARK.finditer(template):
        below += template.count("\n", start, mark.start())
        start = mark.start()
        if mark[1]:
            yield Placeholder(mark[1], below)
        elif mark[0] != _LITERAL:
            raise Fault(_explained(template[mark.end() : mark.end() + _SEEN]), below)


def render(template: str, values: Mapping[str, str]) -> str:
    """The template with its values put in, once: a value is never read as a template.

    Raises Fault, also for a name without a value.
    """

    def put(mark: re.Match[str]) -> str:
        return "{{" if mark[0] == _LITERAL else values[mark[1]]

    try:
        return _MARK.sub(put, template)
    except KeyError:
        missing = next(each for each in placeholders(template) if each.name not in values)
        raise Fault(f"there is no value for {{{{{missing.name}}}}}.", missing.below) from None


def _explained(inside: str) -> str:
    """Why what stands behind `{{` is no placeholder."""
    literal = r"For two plain braces write \{{."
    length = inside.find("}}")
    if length < 0 or "\n" in inside[:length]:
        start = inside.split("\n")[0][:30]
        return f"'{{{{{start}' is not closed by }}}} on its line. {literal}"
    inside = inside[:length]
    shown = f"{{{{{inside[:60]}}}}}"
    if not inside.strip():
        return f"{shown} names nothing. Write a name, such as {{{{input}}}}. {literal}"
    if inside[0] == "{":
        return f"{shown}}} has a brace too many. Write {{{{name}}}}. {literal}"
    if re.match(r"""\s*["'\[]""", inside):
        return f"{shown} is not a name. {literal}"
    if "|" in inside:
        return f"{shown} uses a filter, but only names are filled in. Prepare the value before. {literal}"
    if "." in inside:
        return f"{shown} looks inside a value, but only names are filled in: declare a variable. {literal}"
    return f"{shown} is not a name: those are {NAME_RULE}. Nothing is calculated here. {literal}"
