"""Graders: one small file each, from an answer and what is expected to passed or failed, with a reason.

A grader's file holds a function of its own name, `(picked, expected, sample) -> (passed, reason)`, and
`ready(value, place, *, options)`, which makes `expected` of what stands in the YAML or raises BadInput.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from lab.graders._pick import pick
from lab.graders._spec import Grader, filled, module, names, parse, parse_all
from lab.graders._terms import Grade, Missing, Place, Sample, nearest, scalar

__all__ = [
    "Grade", "Grader", "Place", "Sample", "content", "filled", "grade", "names", "nearest", "parse",
    "parse_all", "scalar",
]  # fmt: skip

LONGEST = 1000
"""Characters of a reason."""


def grade(grader: Grader, sample: Sample, expected: Any) -> Grade:
    """Passed or failed, and why; ungraded where the grader raised. `expected` is what `filled` gave.

    Where what is to be graded is not in the sample, it fails, under `not` too.
    """
    file = module(grader.kind)
    try:
        picked = pick(grader.of, sample.text, getattr(file, "KEEPS_JSON", False))
        passed, reason = getattr(file, grader.kind)(picked, expected, sample)
    except Missing as missing:
        return Grade(grader.name, False, str(missing))
    except Exception as error:
        return Grade(grader.name, None, f"{type(error).__name__}: {error}"[:LONGEST])
    return Grade(grader.name, passed != grader.negated, reason[:LONGEST])


def content(grader: Grader, expected: Any) -> dict[str, Any]:
    """All that decides a grade, as JSON can hold it, without files and lines: what a hash is made of."""
    return {
        "grader": grader.kind,
        "name": grader.name,
        "not": grader.negated,
        "of": _plain(grader.of),
        "expected": _plain(expected),
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.compare}
    return str(value) if isinstance(value, Decimal) else value
