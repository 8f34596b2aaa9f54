"""Text near the front of a prompt that is new each time: where it stands, what it is, what puts it there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from lab.cache import prefix
from lab.cache.asked import Asked
from lab.cache.prefix import Difference
from lab.prompts import Prompt, placeholders

OFTEN = 0.1
"""Of the requests, as many have to differ from the one before, for text to count as new each time."""

_DAYS = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTHS = r"(?:Jan|Febr)uary|March|April|May|June|July|August|(?:Septem|Octo|Novem|Decem)ber"
KINDS = {
    "id": r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,}|\b(?=\w*\d)(?=\w*[A-Za-z_])\w{8,}\b",
    "date": rf"\d{{4}}-\d\d-\d\d|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}\b|\b{_DAYS}\b|\b(?:{_MONTHS}) \d",
    "time": r"\b\d{1,2}:\d\d(?::\d\d)?\b",
    "number": r"\b\d[\d.,]*\b",
    "name": r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)*\b",
}
"""What text can be taken for, in the order in which it is tried."""


class Volatile(NamedTuple):
    """Text that is new in `share` of the requests: the place of the first that differs, what `kind` it is of
    KINDS (else "text"), and the prompt's `variable` that puts it there, where one does."""

    difference: Difference
    kind: str
    share: float
    variable: str | None = None

    @property
    def named(self) -> str:
        """`the date`, `{{customer}}`."""
        return f"{{{{{self.variable}}}}}" if self.variable else f"the {self.kind}"


def volatile(asked: Sequence[Asked], prompt: Prompt | None = None) -> Volatile | None:
    """The first text that changes between requests, in their order, and stands before the last turn's own;
    None where there is none. `prompt`: the template that they were made from."""
    pairs = [(one, two) for one, two in pairwise(asked) if one.scope.model == two.scope.model]
    found = [there for one, two in pairs if (there := _before_own(one, two))]
    if not found or len(found) < OFTEN * len(pairs):
        return None
    order = {name: at for at, name in enumerate(prefix.SECTIONS)}
    places = Counter((order[there.section], there.place) for there in found)
    first = min(places)
    here = [there for there in found if (order[there.section], there.place) == first]
    there = min(here, key=lambda each: each.at)
    variable = _variable(prompt, asked[-1], there) if prompt else None
    return Volatile(there, _kind(there), len(found) / len(pairs), variable)


def _before_own(one: Asked, two: Asked) -> Difference | None:
    """The difference of two requests in what a cache is for: tools, system and examples."""
    there = prefix.difference(one.blocks, two.blocks)
    return there if there and there.section in ("tools", "system", "examples") and there.then else None


def _kind(there: Difference) -> str:
    """What the word is in which both texts begin to differ."""
    start = len(there.before) - len(re.split(r"\s", there.before)[-1])
    for kind, pattern in KINDS.items():
        texts = (there.before[start:] + text for text in (there.then, there.now))
        if all(
            (match := re.search(pattern, text)) and match.start() <= len(there.before) - start
            for text in texts
        ):
            return kind
    return "text"


def _variable(prompt: Prompt, asked: Asked, there: Difference) -> str | None:
    """The variable of the system template whose value stands where the texts differ."""
    if there.section != "system":
        return None
    names = [each.name for each in placeholders(prompt.system)]
    parts = re.split(r"\{\{[ \t]*\w+[ \t]*\}\}", prompt.system)
    pattern = "(.*?)".join(map(re.escape, parts))
    block = next((one for one in asked.blocks if one.section == "system"), None)
    match = re.match(pattern, block.text, re.DOTALL) if names and block else None
    spans = [match.span(n) for n in range(1, len(names) + 1)] if match else []
    return next((name for name, (a, b) in zip(names, spans, strict=False) if a <= there.at <= b), None)
