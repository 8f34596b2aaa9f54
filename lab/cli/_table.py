"""Tables for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from lab.cli._out import printable

GAP = 2
Row = Mapping[str, str]


def table(rows: Sequence[Row]) -> str:
    """Rows under the names of their columns; the last column is as wide as it comes."""
    names = list(rows[0])
    lines = [names, *([_plain(row[name]) for name in names] for row in rows)]
    widths = [max(width(line[column]) for line in lines) for column in range(len(names) - 1)]
    return "\n".join(
        "".join(cell + " " * (wide + GAP - width(cell)) for cell, wide in zip(line, widths, strict=False))
        + line[-1]
        for line in lines
    )


def width(text: str) -> int:
    """How many columns of a terminal a text takes: two for a Chinese character, none for an accent."""
    if text.isascii():
        return len(text)
    wide = (unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + sum(wide) - sum(map(bool, map(unicodedata.combining, text)))


def clipped(text: str, columns: int, length: int = 0) -> str:
    """As much of a text as fits in one line, and how many of its characters are left out: `How do I… 1,204
    more`. `length`: of the whole, where the text is only its beginning."""
    text = " ".join(text.split())
    length = max(length, len(text))
    if width(text) <= columns and len(text) == length:
        return text
    shown = text[:columns]
    while shown and width(_cut(shown, length)) > columns:
        shown = shown[:-1]
    return _cut(shown, length)


def _cut(shown: str, length: int) -> str:
    return f"{shown.rstrip()}… {length - len(shown):,} more"


def _plain(cell: str) -> str:
    return " ".join(printable(cell).split())
