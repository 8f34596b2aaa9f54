"""The answer matches a regular expression somewhere."""

from __future__ import annotations

from lab.graders._patterns import checked, search
from lab.graders._terms import Place, Sample, shown


def regex(picked: str, expected: str, sample: Sample) -> tuple[bool, str]:
    """`expected`: a pattern of Python's `re`, searched anywhere; flags stand in it, as in `(?i)^yes`.

    Columns are put into it as they are: their characters mean in it what they mean in a pattern.
    """
    if match := search(expected, picked):
        return True, f"matches {shown(expected)} with {shown(match[0])}"
    return False, f"does not match {shown(expected)}"


def ready(value: object, place: Place) -> str:
    """The pattern. Raises BadInput where it does not compile."""
    return checked(value, place)
