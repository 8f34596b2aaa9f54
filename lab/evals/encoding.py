"""From the bytes of a case file to text, or to a sentence that says what the bytes look like."""

from __future__ import annotations

import re

from lab.errors import BadInput

ENDS = re.compile(r"\r\n|\r|\n")
UNICODE = {b"\xff\xfe\0\0": "UTF-32", b"\0\0\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def decode(data: bytes, name: str) -> str:
    """UTF-8 text, without its byte order mark. Raises BadInput naming line and likely encoding.

    Text with NUL characters is refused too: databases cut it off there.
    """
    for mark, encoding in UNICODE.items():
        if data.startswith(mark):
            raise BadInput(f"{name}, line 1: this looks like {encoding}. Save it as UTF-8.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = 1 if _is_wide(data) else _line(data[: error.start].decode("latin-1"))
        raise BadInput(f"{name}, line {line}: {_guess(data, error.start)} Save it as UTF-8.") from None
    if "\0" in text:
        line = 1 if _is_wide(data) else _line(text[: text.index("\0")])
        what = f"{_guess(data, 0)} Save it as UTF-8." if _is_wide(data) else "a NUL character is not allowed."
        raise BadInput(f"{name}, line {line}: {what}")
    return text.lstrip("\ufeff")  # some programs write a second one


def _line(before: str) -> int:
    """The line that begins behind some text."""
    return len(ENDS.findall(before)) + 1


def _guess(data: bytes, at: int) -> str:
    if _is_wide(data):
        return "this looks like UTF-16."
    byte = f"the byte 0x{data[at]:02X} is not UTF-8"
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return f"{byte}."
    character = data[at : at + 1].decode("cp1252")
    return f"{byte}; this looks like Windows-1252 (CP1252), where it is '{character}'."


def _is_wide(data: bytes) -> bool:
    """Whether every second byte is NUL, or most: as in Latin text that is UTF-16 without its mark."""
    return max(data[0::2].count(0), data[1::2].count(0)) * 3 > len(data)
