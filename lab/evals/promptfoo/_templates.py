"""From Nunjucks to the lab's templates, in which nothing but names is filled in."""

from __future__ import annotations

import re
from collections.abc import Callable

from lab.evals.promptfoo._report import Unsupported

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
TAKEN = ("id", "tags", "graders", "context", "turns", "files", "split", "threshold", "from", "generated")
"""Columns that mean something to a dataset."""

_RAW = re.compile(r"\{%-?\s*raw\s*-?%\}(.*?)\{%-?\s*endraw\s*-?%\}", re.DOTALL)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_MARK = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_HARMLESS = re.compile(r"\s*\|\s*safe$")
_WORD = re.compile(r"[\w$-]+")


def column(variable: str) -> str:
    """What a variable is called here: a name that a template can hold, and that is not taken."""
    name = re.sub(r"\W", "_", variable, flags=re.ASCII)[:60] or "_"
    name = f"_{name}" if name[0].isdigit() else name
    return f"{name}_" if name in TAKEN else name


def names(text: str) -> list[str]:
    """The variables in a Nunjucks text, in their order, each once. Raises Unsupported."""
    found: list[str] = []
    filled(text, lambda name: found.append(name) or "")
    return list(dict.fromkeys(found))


def template(text: str) -> str:
    """The same as a template of the lab, its variables by their columns. Raises Unsupported."""
    return filled(text, lambda name: f"{{{{{column(name)}}}}}", lambda text: text.replace("{{", "\\{{"))


def filled(text: str, put: Callable[[str], str], literal: Callable[[str], str] = str) -> str:
    """The text with every variable replaced by what `put` says, what is no variable passed through
    `literal`. Raises Unsupported for anything but plain names."""
    parts: list[str] = []
    for raw, piece in _pieces(text):
        if raw:
            parts.append(literal(piece))
            continue
        at = 0
        for mark in _MARK.finditer(piece):
            parts.append(_plain(piece[at : mark.start()]))
            parts.append(put(_name(mark[1])))
            at = mark.end()
        parts.append(_plain(piece[at:]))
    return "".join(parts)


def _pieces(text: str) -> list[tuple[bool, str]]:
    """The text between comments, and whether it stands between `raw` and `endraw`."""
    found, at = [], 0
    for raw in _RAW.finditer(text):
        found += [(False, _COMMENT.sub("", text[at : raw.start()])), (True, raw[1])]
        at = raw.end()
    return [*found, (False, _COMMENT.sub("", text[at:]))]


def _plain(text: str) -> str:
    if "{%" in text:
        tag = text[text.index("{%") :][:40].split("%}")[0]
        raise Unsupported(f"'{tag}%}}' decides within a template; write a version for each way instead")
    if "{{" in text:
        raise Unsupported("a {{ is never closed")
    return text


def _name(inside: str) -> str:
    bare = _HARMLESS.sub("", inside)
    if "|" in bare:
        raise Unsupported(f"'{{{{{inside[:40]}}}}}' uses a filter; prepare the value in its column instead")
    if not _WORD.fullmatch(bare):
        raise Unsupported(f"'{{{{{inside[:40]}}}}}' is more than a name; give the value a column of its own")
    return bare
