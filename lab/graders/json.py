"""The answer is JSON in which certain fields have the expected values."""

from __future__ import annotations

import json as standard
from dataclasses import dataclass
from typing import Any

from lab.graders import _json, _pick
from lab.graders._terms import Missing, Place, Sample, shown

KEEPS_JSON = True
THRESHOLD = 1.0


@dataclass(frozen=True)
class Field:
    """Where a value is looked for, as it was written and step by step, and what it has to be."""

    path: str
    steps: tuple[str | int, ...]
    value: Any


def json(picked: str, expected: tuple[Field, ...], sample: Sample) -> tuple[float, str]:
    """`expected`: a table from paths, such as `items[0].name`, to what stands there: any value of JSON.

    The score is the share of the fields that are right; usually all must be. 1 and 1.0 are the same, and a
    text is also the number, true, false or null that it spells. Tables and lists must be the same throughout.
    """
    value, _ = _json.read(picked)
    wrong = [said for field in expected if (said := _wrong(field, value))]
    right = len(expected) - len(wrong)
    return right / len(expected), "; ".join([f"{right} of {len(expected)} fields are right", *wrong])


def ready(value: object, place: Place) -> tuple[Field, ...]:
    """The fields. Raises BadInput."""
    if not isinstance(value, dict) or not value:
        raise place.error("json needs a table from paths to values, such as {total: 18, items[0].name: tea}.")
    inside = place.within("json")
    return tuple(Field(str(path), _pick.steps(path, inside), each) for path, each in value.items())


def _wrong(field: Field, value: Any) -> str | None:
    """What is wrong with a field, if anything."""
    try:
        found = _pick.walk(value, field.steps)
    except Missing as missing:
        return f"{field.path}: {missing}"
    if _json.same(field.value, found):
        return None
    return f"{field.path} is {_written(found)}, not {_written(field.value)}"


def _written(value: Any) -> str:
    text = standard.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else shown(text)
