"""YAML files that people write: read without YAML's traps, written so that they read well.

Every scalar means what it looks like. What YAML would read as something else (`1.10`, `0123`, `on`), or
share or build in secret (aliases, tags, merges), is refused with file and line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from lab.errors import BadInput

LONGEST = 256 * 1024
DEEPEST = 20

INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(?=[.eE])(\.[0-9]*[1-9]|\.0)?([eE][-+]?[0-9]+)?")
NUMBER_LIKE = re.compile(
    r"[-+]?\.?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|0[xob][0-9a-fA-F_]+|[-+]?\.(inf|nan)", re.I
)
WORD_LIKE = re.compile(r"true|false|yes|no|on|off|null", re.I)
PLAIN = re.compile(r"[A-Za-z_/][\w/.@+-]*( [\w/.@+(-][\w/.@+,()-]*)*|[0-9]+[a-z][0-9a-z]*")
"""Text that needs no quotes anywhere; anything else gets them."""
BLANK = re.compile(r"^[ \t]+$", re.MULTILINE)  # a line that editors would empty in a block
ESCAPED = re.compile("[\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Document:
    """What a file says, and on which line it says what.

    `lines` names the line of each value by its path of keys and positions; `()` is the whole.
    `blocks` names the line on which the text of a block (`|`) begins.
    """

    file: str
    value: Any
    lines: Mapping[tuple[str | int, ...], int]
    blocks: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    def where(self, *path: str | int, below: int | None = None) -> str:
        """`prompts/support/v1.yaml, line 12`, of a value or what holds it; `below`: lines into its text."""
        while path and path not in self.lines:
            path = path[:-1]
        inside = below is not None and path in self.blocks
        line = self.blocks[path] + below if inside else self.lines.get(path, 1)
        return f"{self.file}, line {line}"

    def error(self, sentence: str, *path: str | int, below: int | None = None) -> BadInput:
        """The error to raise about what stands there."""
        return BadInput(f"{self.where(*path, below=below)}: {sentence}")


def read(file: Path, longest: int = LONGEST) -> Document:
    """A file of UTF-8 text. Raises BadInput with its name and the line."""
    return parse(decode(content(file), str(file)), str(file), longest)


def content(file: Path) -> bytes:
    """A file's bytes. Raises BadInput."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from None


def decode(data: bytes, name: str) -> str:
    """Text from UTF-8, with or without a byte order mark. Raises BadInput."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput(f"{name}, line 1: this is UTF-16. Save it as UTF-8.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{name}, line {line}: this is not UTF-8 text. Save it as UTF-8.") from None


@lru_cache(maxsize=128)
def parse(text: str, name: str, longest: int = LONGEST) -> Document:
    """What YAML text says. `name` stands for it in errors. Raises BadInput."""
    import yaml

    if len(text) > longest:
        raise BadInput(f"{name}, line 1: {len(text):,} characters are too many; the limit is {longest:,}.")
    if bad := FORBIDDEN.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        raise BadInput(f"{name}, line {line}: the character {ascii(bad[0])} is not allowed.")
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line, text.rstrip("\n").count("\n")) + 1 if mark else 1
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise BadInput(f"{name}, line {line}: {what}.") from None
    return Document(name, builder.root, builder.lines, builder.blocks)


class _Builder:
    """Builds the value from the parser's events, in one loop, so that depth costs no stack."""

    def __init__(self, name: str) -> None:
        self.root: Any = None
        self.lines: dict[tuple[str | int, ...], int] = {}
        self.blocks: dict[tuple[str | int, ...], int] = {}
        self._name = name
        self._open: list[tuple[Any, tuple[str | int, ...]]] = []
        self._key: list[str | int | None] = []

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        line = event.start_mark.line + 1
        if kind == "AliasEvent" or getattr(event, "anchor", None):
            raise self._refused(line, f"anchors and aliases (&{event.anchor}) are not allowed. Write it out.")
        if kind in ("MappingStartEvent", "SequenceStartEvent", "ScalarEvent") and event.tag:
            raise self._refused(line, f"tags ({event.tag}) are not allowed.")
        if kind == "DocumentStartEvent" and self.lines:
            raise self._refused(line, "there is a second document; one file holds one.")
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._begin({} if kind == "MappingStartEvent" else [], line)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            del self._open[-1], self._key[-1]
        elif kind == "ScalarEvent":
            self._scalar(event, line)

    def _scalar(self, event: Any, line: int) -> None:
        value = event.value if event.style else self._meaning(event.value, line)
        if self._open and isinstance(self._open[-1][0], dict) and self._key[-1] is None:
            container, path = self._open[-1]
            if (value == "<<" and not event.style) or type(value) not in (str, int):
                raise self._refused(line, f"{event.value!r} cannot be a name here; names are text. Quote it.")
            if value in container:
                first = self.lines[(*path, value)]
                raise self._refused(line, f"'{value}' stands here twice; first on line {first}.")
            self._key[-1] = value
            self.lines[(*path, value)] = line
        else:
            path = self._place(value, line)
            if event.style == "|":
                self.blocks[path] = line + 1

    def _begin(self, container: dict | list, line: int) -> None:
        if len(self._open) >= DEEPEST:
            raise self._refused(line, f"this is nested deeper than {DEEPEST} levels.")
        if self._open and isinstance(self._open[-1][0], dict) and self._key[-1] is None:
            raise self._refused(line, "a name must be text, not a list or a table.")
        path = self._place(container, line)
        self._open.append((container, path))
        self._key.append(None)

    def _place(self, value: Any, line: int) -> tuple[str | int, ...]:
        """Put a value where the parser stands; gives its path."""
        if not self._open:
            self.root, path = value, ()
        else:
            container, above = self._open[-1]
            if isinstance(container, dict):
                path = (*above, self._key[-1])
                container[self._key[-1]] = value
                self._key[-1] = None
            else:
                path = (*above, len(container))
                container.append(value)
        self.lines.setdefault(path, line)
        return path

    def _meaning(self, text: str, line: int) -> Any:
        """What unquoted text stands for."""
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if INTEGER.fullmatch(text) and len(text) <= 20:
            return int(text)
        if DECIMAL.fullmatch(text) and len(text) < 25 and math.isfinite(float(text)):
            return float(text)
        if NUMBER_LIKE.fullmatch(text) or WORD_LIKE.fullmatch(text):
            raise self._refused(line, f'{text} can be read in more than one way. Quote it: "{text}".')
        return text

    def _refused(self, line: int, sentence: str) -> BadInput:
        return BadInput(f"{self._name}, line {line}: {sentence}")


def dump(value: Any) -> str:
    """YAML that `parse` reads back as the same value, long text as blocks. Raises BadInput when too deep."""
    return "".join(f"{line}\n" for line in _lines(value, 0))


def _lines(value: Any, indent: int) -> list[str]:
    """A mapping or list that has its own lines."""
    if indent >= 2 * DEEPEST:
        raise BadInput(f"This is nested deeper than {DEEPEST} levels.")
    pad = " " * indent
    lines = []
    for key, item in value.items() if isinstance(value, dict) else ((None, item) for item in value):
        head = f"{pad}- " if key is None else f"{pad}{_inline(key)}: "
        if isinstance(item, (dict, list)) and item:
            below = _lines(item, indent + 2)
            if key is None:
                lines += [head + below[0][indent + 2 :], *below[1:]]
            else:
                lines += [head.rstrip(), *below]
        elif isinstance(item, str) and _is_block(item):
            lines += _block(head, item, indent + 2)
        else:
            lines.append(head + _inline(item))
    return lines


def _is_block(text: str) -> bool:
    """Whether text can stand as a block: several lines, and nothing in them that a block cannot hold."""
    bare = re.sub("[\n\t\xa0]", "", text)
    return "\n" in text and not ESCAPED.search(bare) and bare.strip() != "" and not BLANK.search(text)


def _block(head: str, text: str, indent: int) -> list[str]:
    hint = "2" if text[0] in " \t\n" else ""
    tail = text[len(text.rstrip("\n")) :]
    chomp = {0: "-", 1: ""}.get(len(tail), "+")
    body = text[:-1] if tail else text
    return [f"{head}|{hint}{chomp}", *(f"{' ' * indent}{line}" if line else "" for line in body.split("\n"))]


def _inline(value: Any) -> str:
    """A scalar, or an empty list or table, in one line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, dict)):
        return "[]" if isinstance(value, list) else "{}"
    if PLAIN.fullmatch(value) and not (WORD_LIKE.fullmatch(value) or NUMBER_LIKE.fullmatch(value)):
        return value
    body = ESCAPED.sub(_escape, value.replace("\\", "\\\\").replace('"', '\\"'))
    return f'"{body}"'


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return short.get(match[0]) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")
