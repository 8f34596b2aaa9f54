"""The options that every grader takes."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from lab.graders._terms import Place

HEAVIEST = 1_000_000
"""Weights are for comparing; so much more than another is all that one can be."""

NO_SCORE = "It passes or fails, and gives no score. That of a dataset or a case judges answers by all grades."


def line(table: Mapping[str, Any], key: str, place: Place) -> str | None:
    """A name, of the grader or of the metric that it adds to; None where there is none. Raises BadInput."""
    if key not in table:
        return None
    value = table[key]
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > 100:
        raise place.error(f"a {key} is one line of text, of up to 100 characters.", key)
    return value.strip() if key == "metric" else value


def weight(table: Mapping[str, Any], place: Place) -> float:
    """How much a grader counts: from 0 up, 1 where nothing is said. Raises BadInput."""
    value = table.get("weight", 1)
    if type(value) not in (int, float) or not 0 <= value <= HEAVIEST:
        raise place.error(f"a weight is a number from 0 to {HEAVIEST:,}, not {value!r}.", "weight")
    return float(value)


def threshold(table: Mapping[str, Any], kind: str, file: ModuleType, place: Place) -> float | None:
    """The score that passes: the usual one of the grader's file where nothing is said. None for a kind that
    gives no score, or whose threshold stands elsewhere, which its file then says. Raises BadInput."""
    usual = getattr(file, "THRESHOLD", None)
    if "threshold" not in table:
        return usual
    value = table["threshold"]
    if usual is None:
        advice = getattr(file, "THRESHOLD_STANDS", NO_SCORE)
        raise place.error(f"{kind} takes no threshold here. {advice}", "threshold")
    if type(value) not in (int, float) or not 0 <= value <= 1:
        raise place.error(f"a threshold is a number from 0 to 1, such as 0.8, not {value!r}.", "threshold")
    return float(value)
