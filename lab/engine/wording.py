"""The words of a question that a prompt put between tags, with context before them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lab import prompts, store
from lab.engine.lab import Lab
from lab.errors import BadInput

_CONTEXT = r"(?:Context:\n(?P<context>.*?)\n\n)?"
_TAGGED = re.compile(_CONTEXT + r"<(?P<tag>\w+)>\n?(?P<text>.*?)\n?</(?P=tag)>\s*", re.S)

Content = str | Sequence[Mapping[str, Any]]


def told(content: Content, shape: re.Pattern[str] = _TAGGED) -> tuple[str, str]:
    """The context of a question, and its words without what a prompt put round them."""
    text = store.plain_text(content)
    found = _found(text, shape)
    return (found["context"] or "", found["text"]) if found else ("", text)


def reworded(content: Content, text: str, shape: re.Pattern[str] = _TAGGED) -> Content:
    """The question with other words in the same place: files, context and what is round them stay."""
    if isinstance(content, str):
        found = _found(content, shape)
        start, end = found.span("text") if found else (0, len(content))
        return content[:start] + text + content[end:]
    *before, last = [place for place, block in enumerate(content) if block.get("type") == "text"]
    changed = {**content[last], "text": reworded(content[last]["text"], text, shape)}
    return [changed if place == last else block for place, block in enumerate(content) if place not in before]


def shape(lab: Lab, prompt: str | None, version: int | None) -> re.Pattern[str]:
    """What questions look like that this prompt was put round; of one that is not known: words in tags."""
    if prompt is None:
        return _TAGGED
    try:
        template = prompts.load(lab.folder / "prompts", f"{prompt}@{version}" if version else prompt).user
        marks = {each.name: f"\0{each.name}\0" for each in prompts.placeholders(template)}
        pieces = prompts.render(template, marks).split("\0")
    except BadInput:
        return _TAGGED
    if pieces.count("input") != 1:
        return _TAGGED
    parts = [re.escape(piece) if n % 2 == 0 else _HOLES.get(piece, ".*?") for n, piece in enumerate(pieces)]
    return re.compile(_CONTEXT + "".join(parts).rstrip() + r"\s*", re.S)


_HOLES = {"input": "(?P<text>.*?)"}


def _found(text: str, shape: re.Pattern[str]) -> re.Match[str] | None:
    """A further turn may be in tags that another version put round it, or as it was typed."""
    return shape.fullmatch(text) or _TAGGED.fullmatch(text)
