"""Files that go along with a question."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lab import media
from lab.errors import BadInput
from lab.types import Message

LARGEST = 5 * 2**20
"""Characters of base64 that the API takes of one picture."""
WIDEST = 8000
"""Pixels of a picture's longer side."""
LARGEST_PDF = 32 * 2**20
"""Characters of base64 that the API takes of a whole request."""

LARGEST_FILE = LARGEST_PDF // 4 * 3
"""Bytes that base64 makes that many characters of."""


@dataclass(frozen=True)
class File:
    """What a person attached. What it is, is told by its content; the name is only shown."""

    name: str
    data: bytes


def attached(question: Message, files: Sequence[File]) -> Message:
    """The person's turn with the files before its text, where the API reads them best. Raises BadInput."""
    if not files:
        return question
    content = question["content"]
    words = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    return {**question, "content": [*(block(file) for file in files), *words]}


def files_of(content: Any) -> tuple[File, ...]:
    """The files of a message's content, to be attached once more; what is only named by its address is not
    among them."""
    found = [each for each in media.found(content) if media.encoded(each)]
    return tuple(
        File(each.get("title") or each["type"], base64.b64decode(media.encoded(each))) for each in found
    )


def block(file: File) -> dict[str, Any]:
    """The content block of a file. Raises BadInput for one that the API would refuse."""
    kind, name = media.kind(file.data), file.name[:200]
    if kind is None:
        what = "is empty" if not file.data else "is none of the files that Claude reads"
        raise BadInput(f"{name} {what}. Attach a PNG, JPEG, GIF or WebP picture, or a PDF.")
    data = base64.b64encode(file.data).decode()
    most = LARGEST_PDF if kind == media.PDF else LARGEST
    if len(data) > most:
        megabytes = f"{len(data) / 2**20:.1f} MB"
        advice = "Split it." if kind == media.PDF else "Make the picture smaller."
        raise BadInput(f"{name} has {megabytes} as base64; the API takes {most // 2**20} MB of it. {advice}")
    source = {"type": "base64", "media_type": kind, "data": data}
    if kind == media.PDF:
        return {"type": "document", "source": source, "title": name}
    size = media.pixels(file.data)
    if size is None:
        raise BadInput(f"{name} begins like a picture, but does not say how large it is: it may be damaged.")
    if max(size) > WIDEST:
        shown = " by ".join(f"{side:,}" for side in size)
        raise BadInput(f"{name} is {shown} pixels; the API takes {WIDEST:,} on a side. Make it smaller.")
    return {"type": "image", "source": source}
