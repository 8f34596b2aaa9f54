"""Prompts that grade: a rubric, and what is held against it, each between two tags with a code.

What a text shares with the rubric decides, by the words that say what it is about. No measure of anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lab.sim.reading import stems

_PART = re.compile(r"(?s)<([a-z]+)-(\w{8,64})>\n(.*?)\n</\1-\2>")
_VERDICT = re.compile(r"(?m)^- ([^:\n]+)")
_NO = re.compile(r"(?i)\b(?:no|not|without|never)\b|n[’']t\b")
_COMMON = stems(
    "about also answer better clearly contains does each from gives good have includes into itself keeps "
    "mentions more must only question reply response says should some states tells text than that their them "
    "there they this what when where which with without words would your"
)
ENOUGH = 0.5  # of a rubric's words, for the best verdict


def parts(text: str) -> dict[str, str]:
    """The parts of a message that asks to grade, by their names; none of any other."""
    found = {name: inside for name, _, inside in _PART.findall(text)}
    return found if "rubric" in found else {}


def graded(parts: Mapping[str, str], told: str, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """The verdict and its reason, in the schema's order; without one the verdicts are the rules' bullets.
    They stand from the worst to the best."""
    wanted = (schema or {}).get("properties") or {"reason": {}, "verdict": {"enum": _VERDICT.findall(told)}}
    options = next((each["enum"] for each in wanted.values() if each.get("enum")), ["fail", "pass"])
    verdict = _compared(parts) if "first" in parts else _level(parts, options)
    reason = f"A simulated judgement by the words of the rubric: {verdict}."
    return {name: verdict if "enum" in each else reason for name, each in wanted.items()}


def _compared(parts: Mapping[str, str]) -> str:
    first, second = (_share(parts["rubric"], parts.get(name, "")) for name in ("first", "second"))
    return "tie" if first == second else "first" if first > second else "second"


def _level(parts: Mapping[str, str], options: Sequence[Any]) -> Any:
    near = min(_share(parts["rubric"], parts.get("answer", "")) / ENOUGH, 1)
    return options[round(near * (len(options) - 1))]


def _share(rubric: str, text: str) -> float:
    """How much of what a rubric is about stands in a text; of one that says `not`, how much does not."""
    about = {stem for stem in stems(rubric) - _COMMON if len(stem) > 3}
    share = len(about & stems(text)) / (len(about) or 1)
    return 1 - share if _NO.search(rubric) else share
