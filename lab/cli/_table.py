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


def clipped(text: str, columns: int) -> str:
    """As much of a text's first line as fits."""
    text = " ".join(text.split())
    if width(text) <= columns:
        return text
    while width(text) >= max(columns, 1):
        text = text[: columns - 1] if len(text) > columns else text[:-1]
    return text.rstrip() + "…"


def _plain(cell: str) -> str:
    return " ".join(printable(cell).split())
