"""The answer quotes and cites its context, and what it quotes and cites is there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.graders._terms import Place, Sample, Unknown, shown
from lab.graders._words import words

THRESHOLD = 1.0
NEEDS_CONTEXT = True
SHORTEST = 3
"""Words of a quotation: fewer may be a term or a title."""
QUOTED = re.compile(
    r"“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|»([^«»]+)«|「([^「」]+)」|\"([^\"\n]+)\""
    r"|((?:^[ \t]*>[^\n]*(?:\n|\Z))+)",
    re.MULTILINE,
)
OMITTED = re.compile(r"\[?(?:\.\.\.|…)\]?")
BRACKETS = re.compile(r"\[\^?([\w.,; -]{1,60})\](?!\()")
LABEL = re.compile(r"[\w.-]*[0-9][\w.-]*")
HEADS = re.compile(r"^[ \t]*([\w-][\w.-]{0,40}?)[.):](?=\s|$)", re.MULTILINE)
NAMED = re.compile(r"\b(?:id|index)=[\"']?([\w.-]{1,60})")


def cites(picked: str, expected: bool, sample: Sample) -> tuple[float, str]:
    """`expected`: true. The score is the share of the answer's quotations and citations that are found in the
    case's context, usually all; an answer without any has 0.

    Counted are quotations (in quotation marks, or lines that begin with `>`) of three words or more; marks
    such as `[2]`, `[doc-3]` or `[1, 2]`; and the citations that the API gives with the text. A quotation is
    found where its words stand in the context in this order, whatever the case, punctuation and line breaks;
    `…` leaves some out. A mark is found where the context has it in brackets, at the beginning of a line
    (`2. …`, `2) …`, `2: …`), or as `id` or `index` of an element.
    """
    if not (sample.context or "").strip():
        raise Unknown("the case has no context to cite")
    context = sample.context or ""
    spoken = f" {' '.join(_folded(context))} "
    whole = sample.content if picked == sample.text else ()
    quotes = [*_quotes(picked), *_cited(whole)]
    marks, there = _marks(picked), {*_marks(context), *HEADS.findall(context), *NAMED.findall(context)}
    lost = [shown(quote) for quote in quotes if not _said(quote, spoken)]
    lost += [f"[{mark}]" for mark in marks if mark not in there]
    count = len(quotes) + len(marks)
    if not count:
        return 0.0, "quotes and cites nothing"
    said = f"{count - len(lost)} of {count} quotations and citations are in the context"
    return 1 - len(lost) / count, said + (f", not {', '.join(lost[:5])}" if lost else "")


def ready(value: object, place: Place) -> bool:
    """True. Raises BadInput for anything else: what is cited is the case's context."""
    if value is not True:
        raise place.error(f"cites is true: what is cited is the case's `context`; not {value!r}.")
    return True


def _quotes(text: str) -> Iterator[str]:
    for match in QUOTED.finditer(text):
        quote = next(filter(None, match.groups()))
        if len(words(quote)) >= SHORTEST:
            yield quote


def _cited(content: object) -> Iterator[str]:
    """The words that the API's own citations point to."""
    for block in content if isinstance(content, (list, tuple)) else ():
        for citation in block.get("citations") or ():
            if isinstance(citation.get("cited_text"), str):
                yield citation["cited_text"]


def _said(quote: str, spoken: str) -> bool:
    """Whether the parts of a quotation stand one after the other in what is said."""
    at = 0
    for part in OMITTED.split(quote):
        if row := _folded(part):
            wanted = f" {' '.join(row)} "
            if (found := spoken.find(wanted, at)) < 0:
                return False
            at = found + len(wanted) - 1
    return True


def _marks(text: str) -> list[str]:
    """The labels in brackets: words with a digit in them, and nothing else beside them."""
    found = []
    for match in BRACKETS.finditer(text):
        labels = re.split(r" *[,;] *", match[1].strip())
        found += labels if all(map(LABEL.fullmatch, labels)) else []
    return found


def _folded(text: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in words(text)]
