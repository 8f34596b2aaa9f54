"""What changed between two versions, field by field and word by word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, Literal, NamedTuple

from lab import documents
from lab.prompts.prompt import FewShot, Prompt, fields

Op = Literal["=", "-", "+"]
"""Whether a piece is in both, only in the first, or only in the second."""

FOLD = 4
"""Lines that are too few to fold away."""

_WORD = re.compile(r"\S+\s*|\s+")
_MANY_LINES = 100_000_000  # pairs of lines, and of words, above which comparing takes seconds
_MANY_WORDS = 4_000_000
_REPEATED = 16  # as many equal words for each word; prose of 2,000 words has 10


class Piece(NamedTuple):
    """A stretch of text, and where it stands."""

    op: Op
    text: str


class Change(NamedTuple):
    """A field that differs. The `=` and `-` pieces together are its first text, `=` and `+` its second."""

    field: str
    pieces: tuple[Piece, ...]


def diff(a: Prompt | FewShot, b: Prompt | FewShot) -> tuple[Change, ...]:
    """The fields in which two versions differ; a variable or an example counts as a field of its own.

    The message is about a version, not in it: it does not count.
    """
    before, after = _texts(fields(a)), _texts(fields(b))
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        Change(name, pieces(before.get(name, ""), after.get(name, "")))
        for name in names
        if before.get(name) != after.get(name)
    )


def shown(changes: tuple[Change, ...]) -> str:
    """Changes as plain text, `[-gone-]` and `{+new+}`, with the lines round them."""
    return "\n".join(f"{change.field}\n{_shown(change.pieces)}" for change in changes)


def folded(pieces: tuple[Piece, ...], context: int = 2) -> tuple[tuple[Piece, ...], ...]:
    """The pieces in stretches to show and to fold away, in turn; the first is to show, and may be empty.

    Folded away are whole lines, at least `FOLD`, that are `context` lines from the nearest change.
    """
    stretches: list[list[Piece]] = [[]]
    for n, piece in enumerate(pieces):
        lines = piece.text.splitlines(keepends=True)
        head, tail = context + 1 if n else 0, len(lines)
        if n + 1 < len(pieces):
            tail -= context if lines[-1].endswith("\n") else context + 1  # it goes on into the change
        if piece.op != "=" or tail - head < FOLD:
            stretches[-1].append(piece)
            continue
        parts = ("".join(lines[:head]), "".join(lines[head:tail]), "".join(lines[tail:]))
        before, inside, after = (Piece("=", part) for part in parts)
        stretches[-1] += [before] if before.text else []
        stretches += [[inside], [after] if after.text else []]
    return tuple(tuple(stretch) for stretch in stretches)


def _texts(table: Mapping[str, Any]) -> dict[str, str]:
    texts = {}
    for name, value in table.items():
        if name == "variables":
            texts |= {f"variables.{key}": _text(each) for key, each in value.items()}
        elif name == "examples" and isinstance(value, list):
            texts |= {f"examples[{n}]": _text(each) for n, each in enumerate(value, 1)}
        elif name != "message":
            texts[name] = _text(value)
    return texts


def _text(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return documents.dump(value) or "{}"
    return str(value)


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Two texts compared: line by line, then what was replaced word by word, as words alone take too long on
    a long text. None for two that are empty."""
    found: list[Piece] = []
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if len(old) * len(new) > _MANY_LINES:
        return (Piece("-", before), Piece("+", after))
    for op, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        was, now = "".join(old[a:b]), "".join(new[c:d])
        _extend(found, [Piece("=", was)] if op == "equal" else _words(was, now))
    return tuple(found)


def _words(before: str, after: str) -> Iterator[Piece]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    if len(old) * len(new) > _MANY_WORDS or _repetitive(old, new):
        yield from (Piece("-", before), Piece("+", after))
        return
    runs: list[_Run] = []
    # from 200 words on the frequent ones decide nothing: to count with them takes seconds
    for op, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        runs.append(_Run(op == "equal", "".join(old[a:b]), "".join(new[c:d])))
        if len(runs) > 2 and _by_chance(*runs[-3:]):
            runs[-3:] = [_Run(False, *("".join(texts) for texts in list(zip(*runs[-3:], strict=True))[1:]))]
    for run in runs:
        yield from (Piece("=", run.was),) if run.same else (Piece("-", run.was), Piece("+", run.now))


def _repetitive(old: list[str], new: list[str]) -> bool:
    """Whether the same words come so often that comparing takes seconds, as in an answer that got stuck."""
    many = Counter(new)
    alike = sum(count * many[word] for word, count in Counter(old).items())
    return alike > _REPEATED * (len(old) + len(new))


class _Run(NamedTuple):
    """Some words, before and after."""

    same: bool
    was: str
    now: str


def _by_chance(before: _Run, kept: _Run, after: _Run) -> bool:
    """Whether one or two words are the same only because every text has them: a 'the' between two
    sentences that are others now."""
    if before.same or not kept.same or after.same or "\n" in kept.was:
        return False
    short = min(max(len(run.was), len(run.now)) for run in (before, after))
    return len(kept.was.split()) <= 2 and len(kept.was) < short


def _extend(found: list[Piece], more: Any) -> None:
    """Add pieces, joining neighbours of one kind."""
    for piece in more:
        if piece.text and found and found[-1].op == piece.op:
            found[-1] = Piece(piece.op, found[-1].text + piece.text)
        elif piece.text:
            found.append(piece)


def _shown(pieces: tuple[Piece, ...]) -> str:
    """The changed lines with one line round them; `…` where more was left out."""
    lines: list[str] = [""]
    changed: set[int] = set()
    for piece in pieces:
        for n, part in enumerate(piece.text.split("\n")):
            if n:
                lines.append("")
            if piece.op != "=" and (part or n < piece.text.count("\n")):
                changed.add(len(lines) - 1)
                lines[-1] += f"[-{part}-]" if piece.op == "-" else f"{{+{part}+}}"
            else:
                lines[-1] += part
    if lines[-1] == "" and len(lines) - 1 not in changed:
        lines.pop()
    kept = [n for n in range(len(lines)) if changed & {n - 1, n, n + 1}]
    return "\n".join(_with_gaps(lines, kept))


def _with_gaps(lines: list[str], kept: list[int]) -> Iterator[str]:
    for before, n in zip([-1, *kept], [*kept, len(lines)], strict=True):
        if n > before + 1:
            yield "  …"
        if n < len(lines):
            yield f"  {lines[n]}".rstrip()
