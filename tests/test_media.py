"""What a file is, how large, and how many tokens: by its content alone."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import media
from tests.files import gif, jpeg, pdf, png, webp

LOSSY = webp(b"VP8 ", b"\x30\x01\x00\x9d\x01\x2a" + b"\x40\x01\xf0\x00")
LOSSLESS = webp(b"VP8L", b"\x2f" + (319 | 239 << 14).to_bytes(4, "little"))
EXTENDED = webp(b"VP8X", b"\0\0\0\0" + (319).to_bytes(3, "little") + (239).to_bytes(3, "little"))


def block(data: bytes, kind: str = "image") -> dict[str, Any]:
    source = {"type": "base64", "media_type": "x/y", "data": base64.b64encode(data).decode()}
    return {"type": kind, "source": source}


@pytest.mark.parametrize(
    ("data", "kind", "size"),
    [
        (png(300, 200), "image/png", (300, 200)),
        (jpeg(640, 480), "image/jpeg", (640, 480)),
        (gif(32, 16), "image/gif", (32, 16)),
        (LOSSY, "image/webp", (320, 240)),
        (LOSSLESS, "image/webp", (320, 240)),
        (EXTENDED, "image/webp", (320, 240)),
        (webp(b"ABCD", b""), "image/webp", None),
        (jpeg(640, 480)[:12], "image/jpeg", None),
        (png()[:20], "image/png", None),
        (pdf(1), "application/pdf", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None, None),
        (b"BM" + bytes(60), None, None),
        (b"", None, None),
    ],
)
def test_what_a_file_is(data: bytes, kind: str | None, size: tuple[int, int] | None) -> None:
    assert (media.kind(data), media.pixels(data)) == (kind, size)


@given(
    st.sampled_from([png(), jpeg(9, 9), gif(9, 9), LOSSY, EXTENDED, pdf(2)]),
    st.binary(max_size=64),
    st.data(),
)
def test_no_bytes_raise_anything(start: bytes, rest: bytes, data: st.DataObject) -> None:
    cut = start[: data.draw(st.integers(0, len(start)))] + rest
    media.kind(cut), media.pixels(cut), media.pages(cut), media.tokens(block(cut))


@pytest.mark.parametrize(
    ("given", "tokens"),
    [
        (block(png(28, 28)), 1),
        (block(png(29, 280)), 20),
        (block(jpeg(1092, 1092)), 39 * 39),
        (block(gif(8000, 8000)), media.LARGEST_IMAGE),
        (block(b"\x89PNG\r\n\x1a\n"), media.LARGEST_IMAGE),
        (block(pdf(3), "document"), 3 * media.PAGE),
        (block(b"%PDF-1.7 compressed", "document"), media.PAGES_UNKNOWN * media.PAGE),
    ],
)
def test_tokens(given: dict[str, Any], tokens: int) -> None:
    assert media.tokens(given) == tokens
    assert media.saved([given]) == len(given["source"]["data"]) - tokens


def test_blocks_are_found_wherever_they_stand_and_nothing_else_is_taken_for_one() -> None:
    image, by_url = (
        block(png()),
        {"type": "image", "source": {"type": "url", "url": "https://e.example/x.png"}},
    )
    inside = {"type": "tool_result", "tool_use_id": "t", "content": [image]}
    text = {"type": "text", "text": "x", "source": {"type": "image"}}
    assert list(media.found([text, image, inside, by_url, "image"])) == [image, image, by_url]
    assert media.encoded(by_url) == "" and media.saved([by_url]) == 0
    assert media.content({"source": {"type": "base64", "data": "not base64!"}}) == b""
    assert list(media.found("text")) == []
