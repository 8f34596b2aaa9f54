"""Assertions of promptfoo that no grader of the lab stands for: `(passed, reason)` of an answer."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

Found = tuple[bool, str]
_WORD = re.compile(r"\w+")
_VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
_SIGNS = (
    re.compile(r"</?[a-zA-Z][\w-]*(\s[^<>]*)?/?>"), re.compile(r"<[a-zA-Z][^<>]*/>"), re.compile(r"</\w+>"),
    re.compile(r"&(#\d+|#x[\da-fA-F]+|[a-zA-Z]+);"), re.compile(r"<\w+\s[^<>]*\w=[\"']"),
    re.compile(r"<!--.*?-->", re.DOTALL), re.compile(r"<!doctype html", re.I),
)  # fmt: skip


def contains_json(output: str, schema: Any = None) -> Found:
    """Whether an object or a list of JSON stands anywhere in the answer, and fits the schema."""
    from jsonschema import Draft202012Validator

    values = list(_json_in(output))
    fitting = [each for each in values if schema is None or Draft202012Validator(schema).is_valid(each)]
    if fitting:
        return True, "contains JSON"
    return False, "contains JSON, but none that fits the schema" if values else "contains no JSON"


def is_json(output: str, schema: Any) -> Found:
    """Whether the answer is JSON, and fits the schema."""
    from jsonschema import Draft202012Validator

    try:
        value = json.loads(output)
    except (ValueError, RecursionError):
        return False, "is not JSON"
    return Draft202012Validator(schema).is_valid(value), "is JSON"


def is_xml(output: str, required: Sequence[str] = ()) -> Found:
    """Whether the answer is one XML document that has these elements, as paths with dots."""
    if "<!DOCTYPE" in output:
        return False, "has a DOCTYPE, which is not followed"
    try:
        root = ElementTree.fromstring(output.strip())
    except ElementTree.ParseError as error:
        return False, f"is not XML: {error}"
    for path in required:
        first, *rest = path.split(".")
        if root.tag != first or (rest and root.find("/".join(rest)) is None):
            return False, f"has no element {path}"
    return True, "is XML"


def contains_xml(output: str, required: Sequence[str] = ()) -> Found:
    """Whether an XML element stands anywhere in the answer, with these elements."""
    for opening in re.finditer(r"<([A-Za-z_][\w.-]*)", output):
        closing = f"</{opening[1]}>"
        end = output.find(closing, opening.end())
        while end >= 0:
            found = is_xml(output[opening.start() : end + len(closing)], required)
            if found[0]:
                return True, "contains XML"
            end = output.find(closing, end + 1)
    return False, "contains no XML with the elements that are needed"


def contains_html(output: str) -> Found:
    """Whether at least two signs of HTML stand in the answer."""
    signs = sum(bool(sign.search(output)) for sign in _SIGNS)
    return signs >= 2, f"has {signs} signs of HTML; it takes 2"


def is_html(output: str) -> Found:
    """Whether the answer is HTML from its first character to its last, every element closed."""
    text = output.strip()
    if not (text.startswith("<") and text.endswith(">")) or text.startswith("<?xml"):
        return False, "does not begin and end with an HTML element"
    parser = _Elements()
    parser.feed(text)
    if parser.open or parser.stray or not parser.seen:
        return False, "has an element that is not closed, or text outside the elements"
    return True, "is HTML"


def rouge_1(output: str, reference: str, threshold: float = 0.75) -> Found:
    """ROUGE-1 (Lin 2004): the F1 of single words that answer and reference share."""
    ours, theirs = Counter(_words(output)), Counter(_words(reference))
    shared = (ours & theirs).total()
    return _at_least("ROUGE-1", 2 * shared / ((ours.total() + theirs.total()) or 1), threshold)


def bleu(output: str, references: str | Sequence[str], threshold: float = 0.5) -> Found:
    """BLEU-4 (Papineni 2002) of a sentence: precisions without a match count as half a match, and an answer
    shorter than the nearest reference is marked down."""
    ours = _words(output)
    theirs = [_words(each) for each in ([references] if isinstance(references, str) else references)]
    if not ours:
        return _at_least("BLEU", 0.0, threshold)
    logs = 0.0
    orders = min(4, len(ours))
    for order in range(1, orders + 1):
        grams = Counter(_grams(ours, order))
        most = Counter()
        for reference in theirs:
            most |= Counter(_grams(reference, order))
        logs += math.log(((grams & most).total() or 0.5) / grams.total()) / orders
    nearest = min((abs(len(each) - len(ours)), len(each)) for each in theirs)[1]
    brevity = 0.0 if len(ours) >= nearest else 1 - nearest / len(ours)
    return _at_least("BLEU", math.exp(logs + brevity), threshold)


def gleu(output: str, reference: str, threshold: float = 0.5) -> Found:
    """Google's GLEU (Wu 2016): the smaller of precision and recall over runs of 1 to 4 words."""
    ours, theirs = (
        Counter(gram for order in range(1, 5) for gram in _grams(_words(text), order))
        for text in (output, reference)
    )
    most = max(ours.total(), theirs.total())
    return _at_least("GLEU", (ours & theirs).total() / most if most else 0.0, threshold)


def levenshtein(output: str, reference: str, most: float = 5) -> Found:
    """Whether so many single-character edits turn the answer into the reference (Levenshtein 1966)."""
    row = list(range(len(reference) + 1))
    for position, ours in enumerate(output, 1):
        before, row[0] = row[0], position
        for column, theirs in enumerate(reference, 1):
            changed = before + (ours != theirs)
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, changed)
    return row[-1] <= most, f"is {row[-1]} edits away; {most:g} are allowed"


def _at_least(measure: str, score: float, threshold: float) -> Found:
    return score >= threshold, f"{measure} is {score:.2f}; {threshold:g} is needed"


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _grams(words: Sequence[str], order: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + order]) for at in range(len(words) - order + 1))


def _json_in(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while opening := re.compile(r"[{\[]").search(text, at):
        try:
            value, at = decoder.raw_decode(text, opening.start())
            yield value
        except (ValueError, RecursionError):
            at = opening.end()


class _Elements(HTMLParser):
    """Which elements are open, and whether anything stands outside of all."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.stray = self.seen = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen = True
        self.open += [] if tag in _VOID else [tag]

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.seen = True

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.stray = True

    def handle_data(self, data: str) -> None:
        self.stray |= not self.open and bool(data.strip())
