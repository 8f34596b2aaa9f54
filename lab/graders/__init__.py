"""Graders: one small file each, from an answer and what is expected to passed or failed, with a reason.

A grader's file holds a function of its own name, `(picked, expected, sample) -> (passed, reason)`, and
`ready(value, place, *, options)`, which makes `expected` of what stands in the YAML or raises BadInput. One
that measures gives a score from 0 to 1 in place of passed, and says in `THRESHOLD` what passes where the YAML
does not. One with `WHOLE = True` looks at the whole answer, so that `of` has nothing to pick.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from lab.graders._pick import pick
from lab.graders._spec import Grader, filled, module, names, parse, parse_all
from lab.graders._terms import Grade, Missing, Place, Sample, Unknown, nearest, scalar

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
        verdict, reason = getattr(file, grader.kind)(picked, expected, sample)
        return graded(grader, verdict, reason)
    except Missing as missing:
        return graded(grader, grader.negated, str(missing))  # which fails either way
    except Unknown as unknown:
        return graded(grader, None, str(unknown))
    except Exception as error:
        return graded(grader, None, f"{type(error).__name__}: {error}")


def graded(grader: Grader, verdict: bool | float | None, reason: str) -> Grade:
    """The grade for what a grader says: passed or not, a score from 0 to 1, or None for ungraded.

    A score passes from the grader's threshold on. Under `not`, what passed fails, and a score is what is left
    to 1. Raises ValueError for a number that is no score.
    """
    passed, score = verdict, None
    if verdict is not None and not isinstance(verdict, bool):
        if not 0 <= verdict <= 1:
            raise ValueError(f"the score {verdict} is not from 0 to 1")
        passed, score = verdict >= grader.threshold, abs(grader.negated - verdict)
        reason = f"{reason}; {'below ' * grader.negated}{grader.threshold:g} is needed"
    if passed is not None:
        passed = passed != grader.negated
    return Grade(grader.name, passed, reason[:LONGEST], score, grader.weight, grader.metric)


def content(grader: Grader, expected: Any) -> dict[str, Any]:
    """All that decides a grade, as JSON can hold it, without files and lines: what a hash is made of."""
    usual = {"weight": 1.0, "metric": None, "threshold": None}
    common = {name: getattr(grader, name) for name in usual if getattr(grader, name) != usual[name]}
    return {
        "grader": grader.kind,
        "name": grader.name,
        "not": grader.negated,
        "of": _plain(grader.of),
        "expected": _plain(expected),
        **common,
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.compare}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Decimal) else value
