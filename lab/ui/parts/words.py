"""What a model or a person wrote, as Markdown that is safe to draw."""

from __future__ import annotations

import re

from lab.ui.parts.notices import plain

_CODE = re.compile(r"(^ {0,3}(?:```|~~~).*?(?:^ {0,3}(?:```|~~~) *$|\Z)|`[^`\n]+`)", re.M | re.S)
_LINKS = re.compile(r"\]\(|^ {0,3}\[[^\]\n]+\]:", re.M)
_APART = "!\u200b["


def words(text: str) -> str:
    """The text with its formatting, but without pictures and formulas.

    A picture is fetched from wherever its address says as soon as it is drawn, which would tell a stranger
    what stands in the address; it is shown as the Markdown it was. Two prices in a line are no formula.
    """
    if _LINKS.search(text):
        text = text.replace("![", _APART)  # in code, too, which a hostile text can make hard to tell
    parts = _CODE.split(text)  # text, code, text, …
    parts[::2] = [part.replace("$", "\\$") for part in parts[::2]]
    return "".join(parts)


def typed(text: str) -> str:
    """What a person typed: no formatting but its own line breaks."""
    return plain(text).replace("\n", "  \n")
