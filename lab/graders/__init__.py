"""Graders: one small file each, from an answer and what is expected to passed or failed, with a reason.

A grader's file holds a function of its own name, `(picked, expected, sample) -> (passed, reason)`, and
`ready(value, place, *, options)`, which makes `expected` of what stands in the YAML or raises BadInput. One
that measures gives a score from 0 to 1 in place of passed, and says in `THRESHOLD` what passes where the YAML
does not. One with `WHOLE = True` looks at the whole answer, so that `of` has nothing to pick. One
that needs a model is `async (picked, expected, sample, ask) -> (passed, reason, score)`, the score None where
there is none, and has `questions(picked, expected, sample)` beside it, which tells what it will ask, and
`jury(written, expected)`, which tells who judges by what.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

from lab.errors import LabError
from lab.graders._common import HEAVIEST
from lab.graders._pick import pick
from lab.graders._spec import Grader, filled, module, names, parse, parse_all
from lab.graders._terms import (
    Ask,
    Grade,
    Jury,
    Missing,
    Place,
    Question,
    Sample,
    Unknown,
    nearest,
    scalar,
)
from lab.types import digest

__all__ = [
    "Ask", "Grade", "Grader", "HEAVIEST", "Jury", "Place", "Question", "Sample", "Unknown", "asks", "content",
    "filled", "grade", "judged", "jury", "names", "nearest", "needs_context", "parse", "parse_all",
    "questions", "scalar",
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
    except Exception as error:
        return _without(grader, error)


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


def asks(grader: Grader) -> bool:
    """Whether it asks a model: then `judged` grades with it."""
    return _asks(grader.kind)


@cache
def _asks(kind: str) -> bool:
    return inspect.iscoroutinefunction(getattr(module(kind), kind))


def needs_context(grader: Grader) -> bool:
    """Whether it can grade no answer to a case without a context."""
    return getattr(module(grader.kind), "NEEDS_CONTEXT", False)


async def judged(grader: Grader, sample: Sample, expected: Any, ask: Ask) -> Grade:
    """The same as `grade`, by what a model says. Raises LabError where no model can be asked any more."""
    try:
        picked = pick(grader.of, sample.text)
        passed, reason, score = await getattr(module(grader.kind), grader.kind)(picked, expected, sample, ask)
    except LabError:
        raise
    except Exception as error:
        return _without(grader, error)
    found = graded(grader, passed, reason)
    return found if score is None else replace(found, score=abs(grader.negated - score))


def _without(grader: Grader, error: Exception) -> Grade:
    """The grade where a grader could not look at the answer."""
    if isinstance(error, Missing):
        return graded(grader, grader.negated, str(error))  # which fails either way
    return graded(
        grader, None, str(error) if isinstance(error, Unknown) else f"{type(error).__name__}: {error}"
    )


def questions(grader: Grader, sample: Sample, expected: Any) -> Sequence[Question]:
    """All that a grader asks about such a sample, where that has what `of` picks; a kind that asks no model
    asks nothing."""
    if not asks(grader):
        return ()
    try:
        picked = pick(grader.of, sample.text)
    except (Missing, ValueError):
        picked = ""
    return module(grader.kind).questions(picked, expected, sample)


def jury(grader: Grader, expected: Any) -> Jury | None:
    """Who judges and by what, of a grader that asks models. `expected` is what `filled` gave."""
    if not asks(grader):
        return None
    found = module(grader.kind).jury(grader.expected, expected)
    picked = digest(f"{found.version} of {_plain(grader.of)}").hex()[: len(found.version)]
    return replace(found, version=picked) if grader.of else found


def content(grader: Grader, expected: Any) -> dict[str, Any]:
    """All that decides a grade, as JSON can hold it, without files and lines: what a hash is made of."""
    usual = {"weight": 1.0, "metric": None, "threshold": getattr(module(grader.kind), "THRESHOLD", None)}
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
