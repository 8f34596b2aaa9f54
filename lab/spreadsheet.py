"""Text that a spreadsheet takes for text, and never for a formula."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_FORMULA = re.compile("'* *[=+\\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def text(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV, under these names."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([names, *([cell(row[name]) for name in names] for row in rows)])
    return file.getvalue()


def cell(value: Any) -> str:
    """A value as a cell of CSV: numbers and nothing else are numbers, None is empty, what is no text is JSON.
    No cell is a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.12f}".rstrip("0").rstrip(".")
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else str(value)
    return guarded(text.replace("\0", "\ufffd"))


def guarded(text: str) -> str:
    """The text, with a `'` before it where a spreadsheet would run it; `bare` gives it back as it was."""
    return f"'{text}" if _dangerous(text) else text


def bare(cell: str) -> str:
    """The text that `guarded` made this cell of."""
    return cell[1:] if cell.startswith("'") and _dangerous(cell[1:]) else cell


def _dangerous(text: str) -> bool:
    """Also what is guarded already, so that there is one way back."""
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)
