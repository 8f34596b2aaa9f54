"""Calls of the log as a file, however many there are."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lab.record import as_json, in_dollars
from lab.spreadsheet import cell
from lab.store import Export, plain_text

Call = Mapping[str, Any]

_BELONGING = ("request", "answer", "price", "attempts", "ratings", "flag")
"""What a call has beside its own columns."""
_MORE = ("attempts", "good", "bad", "notes", "flag", "system", "question", "answer")


def jsonl(export: Export) -> Iterator[bytes]:
    """A line for each call: what `lab logs show ID --json` prints of it. Nothing is lost."""
    for batch in export:
        yield b"".join(_line(call) for call in batch)


def sheet(export: Export) -> Iterator[bytes]:
    """CSV, a row for each call: all that the log has of it but for what was said before the last question.
    No cell is a formula to a spreadsheet; `lab.spreadsheet.bare` gives back the text."""
    names: list[str] = []
    for batch in export:
        if not names:
            names = [*in_dollars(dict.fromkeys(export.columns)), *_MORE]
            yield _rows([names])
        yield _rows([[cell(value) for value in _row(call).values()] for call in batch])


FORMS: Mapping[str, Callable[[Export], Iterator[bytes]]] = {"csv": sheet, "jsonl": jsonl}
"""The formats, by the endings of their files."""


def _line(call: Call) -> bytes:
    text = {"text": plain_text(call["answer"] or [])}
    return f"{as_json(in_dollars(call) | text)}\n".encode("utf-8", "backslashreplace")


def _rows(rows: list[list[str]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue().encode("utf-8", "replace")  # half of a surrogate pair is no text


def _row(call: Call) -> dict[str, Any]:
    request = call["request"] or {}
    messages = request.get("messages") or [{"content": ""}]
    judged = [rating["value"] for rating in call["ratings"]]
    own = in_dollars({name: value for name, value in call.items() if name not in _BELONGING})
    return own | {
        "attempts": len(call["attempts"]),
        "good": judged.count(1),
        "bad": judged.count(-1),
        "notes": "\n".join(rating["note"] for rating in call["ratings"] if rating["note"]),
        "flag": call["flag"]["reason"] if call["flag"] else None,
        "system": plain_text(request.get("system") or ""),
        "question": plain_text(messages[-1]["content"]),
        "answer": plain_text(call["answer"] or []) or call["partial"],
    }
