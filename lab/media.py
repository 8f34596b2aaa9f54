"""Pictures and PDF files in a message: what they are by their content, how large, how many tokens."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
PDF = "application/pdf"

PATCH, LARGEST_IMAGE = 28, 4784
"""Pixels of a side of what counts as a token, and the most tokens of a picture: larger ones are scaled down
to so many (Anthropic's page on vision; models before Claude 4.7 take at most 1,568)."""
PAGE = 3000 + 1568
"""Tokens of a PDF's page: its text, usually 1,500 to 3,000 (the page on PDF support), and its picture."""
PAGES_UNKNOWN = 100
"""Pages counted for a PDF that does not say in plain bytes how many it has."""


HEAD = 2**18
"""Characters of base64 in which a picture says how large it is; a multiple of 4."""


def kind(data: bytes) -> str | None:
    """The media type that the first bytes show, of those that the API takes; None for any other."""
    starts = {b"\x89PNG\r\n\x1a\n": IMAGES[0], b"\xff\xd8\xff": IMAGES[1], b"%PDF-": PDF}
    starts |= {b"GIF87a": IMAGES[2], b"GIF89a": IMAGES[2]}
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return IMAGES[3]
    return next((name for start, name in starts.items() if data.startswith(start)), None)


def pixels(data: bytes) -> tuple[int, int] | None:
    """Width and height of a picture, from its head; None where that does not say."""
    try:
        read = {IMAGES[0]: _png, IMAGES[1]: _jpeg, IMAGES[2]: _gif, IMAGES[3]: _webp}.get(kind(data) or "")
        return read(data) if read else None
    except (struct.error, IndexError):
        return None


def pages(data: bytes) -> int | None:
    """Pages of a PDF, as far as its plain bytes say; None where they are compressed."""
    counts = [int(number) for number in re.findall(rb"/Count\s+(\d{1,6})\b", data)]
    return max(counts, default=0) or len(re.findall(rb"/Type\s*/Page(?![a-zA-Z])", data)) or None


def found(value: Any) -> Iterator[Mapping[str, Any]]:
    """The image and document blocks in a message's content, or in anything that holds such."""
    if isinstance(value, Mapping):
        if value.get("type") in ("image", "document") and isinstance(value.get("source"), Mapping):
            yield value
        elif value.get("type") not in ("text", "thinking"):
            yield from found([each for each in value.values() if isinstance(each, (Mapping, list, tuple))])
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for each in value:
            yield from found(each)


def encoded(block: Mapping[str, Any]) -> str:
    """The base64 text of a block; empty where it only names a file or an address, or holds plain text."""
    source = block["source"]
    data = source.get("data")
    return data if source.get("type") == "base64" and isinstance(data, str) else ""


def content(block: Mapping[str, Any], head: int | None = None) -> bytes:
    """The file in a block, or what the first characters of its base64 hold; empty where none can be read."""
    try:
        return base64.b64decode(encoded(block)[:head], validate=True)
    except (binascii.Error, ValueError):
        return b""


def tokens(block: Mapping[str, Any]) -> int:
    """The most tokens that a block's file is likely to be."""
    if block["type"] == "document":
        return PAGE * (pages(content(block)) or PAGES_UNKNOWN)
    width, height = pixels(content(block, HEAD)) or (10**6, 10**6)
    return min(-(-width // PATCH) * -(-height // PATCH), LARGEST_IMAGE)


def saved(value: Any) -> int:
    """By how many characters the files in something are longer, as base64, than they are as tokens. Negative
    where they are shorter; 0 without files."""
    return sum(len(encoded(block)) - tokens(block) for block in found(value) if encoded(block))


def _png(data: bytes) -> tuple[int, int]:
    return struct.unpack(">II", data[16:24])


def _gif(data: bytes) -> tuple[int, int]:
    return struct.unpack("<HH", data[6:10])


def _webp(data: bytes) -> tuple[int, int] | None:
    """By the form of the first chunk: lossy, lossless or extended."""
    form = data[12:16]
    if form == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if form == b"VP8L":
        bits = struct.unpack("<I", data[21:25])[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8X":
        return tuple(int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """From the frame header, the first segment of the kinds C0 to CF that is one."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        bare = marker in (0x01, 0xFF, *range(0xD0, 0xD8))  # these have no length
        at += 2 if bare else 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None
