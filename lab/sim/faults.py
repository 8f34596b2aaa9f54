"""Faults on demand: `[[529 twice]]` in the last user text makes this call fail that way.

A directive is one of FORMS, followed by any of OPTIONS; several in one text add up. Other text in double
brackets is no directive. docs/simulated.md says what each does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.sim.http import TYPES, Json, Problem
from lab.sim.prompt import text_of

FORMS = (
    "529", "unauthorized", "hang S", "drop", "html", "empty", "json", "nameless", "uncounted", "unknown",
    "stall S", "cut", "reset", "end", "half", "malformed", "error TYPE", "refuse", "pause_turn",
    "model_context_window_exceeded", "words N", "tool NAME",
)  # fmt: skip
CATEGORIES = ("cyber", "bio", "frontier_llm", "reasoning_extraction", "general_harms")  # of refusals
ENDS = ("pause_turn", "model_context_window_exceeded")  # stop reasons that a directive gives
OPTIONS = (
    ", ".join(CATEGORIES), "after N", "once, twice, N times", "retry-after S", "retry-after-ms N",
    "x-should-retry true|false", "error_code CODE", "silent", "paragraph N",
)  # fmt: skip
_ENDINGS = ("cut", "reset", "end", "half", "malformed", "error")
_LATER = ("stall", "refuse", *ENDS, *_ENDINGS)
_SECONDS, _COUNT = r"[0-9]{1,6}(\.[0-9]{1,3})?", r"[0-9]{1,5}"
_ARGUMENTS = {
    "hang": _SECONDS, "stall": _SECONDS, "words": _COUNT, "tool": r"[\w-]{1,64}",
    "error": "|".join(TYPES.values()),
}  # fmt: skip
_HEADERS = {"retry-after": _SECONDS, "retry-after-ms": _COUNT, "x-should-retry": "true|false"}
_FIRST = "|".join([r"[45]\d\d", *(form.split()[0] for form in FORMS), *_HEADERS])
DIRECTIVE = re.compile(rf"(?ai)(?<!\s)\s*\[\[(\s*(?:{_FIRST})(?=[\s\]])[^\[\]]{{0,80}})\]\]")


@dataclass(slots=True)
class Directive:
    """One `[[verb argument options]]`; the verb of a number is "status", of options alone the first."""

    verb: str
    argument: str = ""
    after: int = 0
    times: int | None = None
    silent: bool = False
    paragraph: int = 0
    code: str = ""
    headers: dict[str, str] = field(default_factory=dict)


Orders = Mapping[str, Directive]  # by their verbs; that of a verb that breaks the answer off is "ending"


def last_user_text(body: Json) -> str:
    """The text of the last user turn, directives and all."""
    return text_of(next(one["content"] for one in reversed(body["messages"]) if one["role"] == "user"))


def directives(text: str, attempt: int) -> Orders:
    """Those that hold at this `attempt` (1: the first request with this body). Raises Problem for others."""
    orders = {}
    for one in map(_directive, DIRECTIVE.findall(text)):
        if one.times is None or attempt <= one.times:
            orders["ending" if one.verb in _ENDINGS else one.verb] = one
    return orders


def _directive(text: str) -> Directive:
    first, *words = text.lower().replace("unauthorized", "401").split()
    found = Directive("status", first) if first.isdigit() else Directive(first)
    if first in _ARGUMENTS and words and re.fullmatch(_ARGUMENTS[first], words[0]):
        found.argument = words.pop(0)
    elif first in _ARGUMENTS or first in _HEADERS:
        words.insert(0, first)  # to be read as an option; a verb without its argument is none
    while words:
        match words:
            case ["after", count, *words] if found.verb in _LATER and re.fullmatch(_COUNT, count):
                found.after = int(count)
            case ["once" | "twice" as count, *words]:
                found.times = 1 if count == "once" else 2
            case [count, "times", *words] if re.fullmatch(_COUNT, count):
                found.times = int(count)
            case [name, value, *words] if name in _HEADERS and re.fullmatch(_HEADERS[name], value):
                found.headers[name] = value
            case [category, *words] if found.verb == "refuse" and category in CATEGORIES:
                found.argument = category
            case ["error_code", code, *words] if found.verb == "status":
                found.code = code
            case ["silent", *words] if found.verb == "stall":
                found.silent = True
            case ["paragraph", count, *words] if found.verb == "words" and re.fullmatch(_COUNT, count):
                found.paragraph = int(count)
            case _:
                forms, options = ", ".join(f"[[{form}]]" for form in FORMS), ", ".join(OPTIONS)
                raise Problem(400, f"[[{text}]] is wrong. Known are {forms}; with the options {options}.")
    return found
