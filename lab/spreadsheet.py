"""Text that a spreadsheet takes for text, and never for a formula."""

from __future__ import annotations

import re

_FORMULA = re.compile("'* *[=+\\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def guarded(text: str) -> str:
    """The text, with a `'` before it where a spreadsheet would run it; `bare` gives it back as it was."""
    return f"'{text}" if _dangerous(text) else text


def bare(cell: str) -> str:
    """The text that `guarded` made this cell of."""
    return cell[1:] if cell.startswith("'") and _dangerous(cell[1:]) else cell


def _dangerous(text: str) -> bool:
    """Also what is guarded already, so that there is one way back."""
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)
