"""Amounts that an answer may take, of time or money."""

from __future__ import annotations

import math

from lab.graders._terms import Place, scalar


def positive(value: object, what: str, place: Place, *path: str) -> float:
    """A number above 0, also as text, as it comes from a table. Raises BadInput about what is at a path."""
    try:
        number = float(scalar(value) or "")
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise place.error(f"this must be a number of {what} above 0, not {value!r}.", *path)
    return number
