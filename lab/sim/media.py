"""Images and documents: what the API refuses about them, and their tokens.

Sizes in pixels and the tokens of an image follow https://platform.claude.com/docs/en/build-with-claude/vision,
for models without high resolution; a page of a PDF counts as its text and its picture, roughly.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from lab.sim.http import Json, Problem, require

PAGE_TOKENS, UNSEEN_TOKENS = 3000, 1500  # of a page of a PDF; of what is named and not sent
BYTES, EDGE, EDGE_OF_MANY, MANY = 5 * 2**20, 8000, 2000, 20  # at most, of an image; many have a smaller edge
_LONG_EDGE, _MOST_TOKENS, _PIXELS = 1568, 1600, 750  # what an image is scaled down to; pixels of a token
_SOURCES = {"image": ("base64", "url", "file"), "document": ("base64", "text", "content", "url", "file")}
_SIZES = {  # where an image of a kind says how wide and high it is
    "image/png": rb"\x89PNG\r\n\x1a\n.{4}IHDR(?P<width>.{4})(?P<height>.{4})",
    "image/gif": rb"GIF8[79]a(?P<width>..)(?P<height>..)",
    "image/jpeg": rb"\xff\xd8.*?\xff[\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf]...(?P<height>..)(?P<width>..)",
    "image/webp": rb"RIFF....WEBP(?:VP8 .{7}\x9d\x01\x2a(?P<width>..)(?P<height>..)|VP8[LX].*)",
}
_PAGE = re.compile(rb"/Type\s*/Page\b")


def tokens(block: Json) -> int | None:
    """Of a checked image or document; None of what is counted as text."""
    source = block.get("source")
    if block.get("type") not in _SOURCES or not isinstance(source, Mapping):
        return None
    if source.get("type") in ("text", "content"):
        return None
    if source.get("type") != "base64":
        return UNSEEN_TOKENS
    if block["type"] == "document":
        return PAGE_TOKENS * pages(source["data"])
    width, height = size(source["data"], source["media_type"]) or (_LONG_EDGE, _LONG_EDGE)
    shrunk = min(1, _LONG_EDGE / max(width, height), math.sqrt(_MOST_TOKENS * _PIXELS / (width * height)))
    return max(1, round(width * height * shrunk**2 / _PIXELS))


def check(blocks: Iterable[Json], most: int) -> None:
    """Refuses what cannot be read or is too much of it; `most`: images and pages in one request."""
    found = [block for block in blocks if block["type"] in _SOURCES]
    images = sum(block["type"] == "image" for block in found)
    edge, total = EDGE if images <= MANY else EDGE_OF_MANY, 0
    for block in found:
        kind, source = block["type"], block.get("source")
        fits = isinstance(source, Mapping) and source.get("type") in _SOURCES[kind]
        require(fits, f"{kind}.source.type: must be one of {', '.join(_SOURCES[kind])}.")
        if source["type"] != "base64":
            total += kind == "image"
        elif kind == "document":
            require(source.get("media_type") == "application/pdf", "document: must be application/pdf.")
            total += pages(source.get("data"))
        else:
            named = source.get("media_type") in _SIZES
            require(named, f"image.source.media_type: must be one of {', '.join(_SIZES)}.")
            seen = size(source.get("data"), source["media_type"])
            require(seen is None or max(seen) <= edge, f"image: no edge may be longer than {edge} pixels.")
            total += 1
    require(total <= most, f"There are {total} images and pages; at most {most} are allowed.")


@lru_cache(maxsize=64)
def size(data: str, media_type: str) -> tuple[int, int] | None:
    """Width and height in pixels, None where it does not say. Raises Problem where it is no such image."""
    image = _decoded(data)
    require(len(image) <= BYTES, f"image: at most {BYTES // 2**20} MB are allowed.")
    kinds = {kind: re.match(pattern, image, re.DOTALL) for kind, pattern in _SIZES.items()}
    found = next((kind for kind, match in kinds.items() if match), None)
    require(found, "image: could not be read.")
    require(found == media_type, f"image: is given as {media_type}, but appears to be {found}.")
    order = "big" if found in ("image/png", "image/jpeg") else "little"
    edges = [kinds[found][name] for name in ("width", "height")]
    if None in edges:
        return None
    width, height = (int.from_bytes(edge, order) for edge in edges)
    require(width and height, "image: has no pixels.")
    return width, height


@lru_cache(maxsize=64)
def pages(data: str) -> int:
    """How many pages a PDF has. Raises Problem where it is none."""
    pdf = _decoded(data)
    require(pdf.startswith(b"%PDF-"), "document: is not a PDF.")
    return max(1, len(_PAGE.findall(pdf)))


def _decoded(data: object) -> bytes:
    try:
        return base64.b64decode(data, validate=True) if isinstance(data, str) and data else b""
    except binascii.Error:
        raise Problem(400, "source.data: is not base64.") from None
