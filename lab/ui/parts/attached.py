"""What a person attached to a question: pictures small, files by their names."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import streamlit as st

from lab import media
from lab.engine import WIDEST
from lab.ui.parts.notices import plain

SHOWN = 60
"""Characters of a file's base64 where a request is shown as JSON."""
SMALL = 320
"""Pixels of a thumbnail's longer side."""


def attached(content: Any) -> None:
    """The pictures and files of a message's content. Nothing is fetched: one that is only named by its
    address is said to be there."""
    blocks = list(media.found(content or ()))
    if not blocks:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for block in blocks:
            small = thumbnail(media.encoded(block)) if block["type"] == "image" else None
            if small:
                st.image(small, width="content")
            else:
                st.caption(f":material/description: {plain(_named(block))}")


def shortened(value: Any) -> Any:
    """A request for people to look at: of the base64 of its files, which is megabytes, only the beginning."""
    if isinstance(value, Mapping):
        if value.get("type") == "base64" and len(data := str(value.get("data", ""))) > SHOWN:
            return {**value, "data": f"{data[:SHOWN]}… ({len(data):,} characters)"}
        return {name: shortened(each) for name, each in value.items()}
    return [shortened(each) for each in value] if isinstance(value, list) else value


@st.cache_data(max_entries=200, show_spinner=False)
def thumbnail(encoded: str) -> bytes | None:
    """A small PNG of a picture; None for what is no picture, or one that no model takes."""
    from PIL import Image

    data = media.content({"source": {"type": "base64", "data": encoded}})
    if media.kind(data) not in media.IMAGES or max(media.pixels(data) or (WIDEST + 1,)) > WIDEST:
        return None
    small = BytesIO()
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as image:
            image.thumbnail((SMALL, SMALL))
            image.convert("RGBA").save(small, "PNG")
    except Exception:  # Pillow raises all sorts of things for a file that somebody damaged
        return None
    return small.getvalue()


def _named(block: Mapping[str, Any]) -> str:
    """`terms.pdf · 1.2 MB`"""
    source = block["source"]
    name = block.get("title") or source.get("media_type") or block["type"]
    size = len(media.encoded(block)) * 3 / 4
    about = f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{-(-size // 1024):.0f} KB"
    return f"{name} · {about if size else 'elsewhere'}"
