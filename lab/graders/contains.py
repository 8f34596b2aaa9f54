"""The answer holds the expected words, written just so."""

from __future__ import annotations

from lab.graders._terms import Place, Sample
from lab.graders._within import AnyOf, found, needles


def contains(picked: str, expected: list[str] | AnyOf, sample: Sample) -> tuple[bool, str]:
    """`expected`: a text, or a list of texts that must all be there; `{any: [a, b]}` where one is enough.

    Under `not` stands one text, `{any: …}` (none of them) or `{all: …}` (not all of them).
    """
    return found(picked, expected, str)


def ready(value: object, place: Place) -> list[str] | AnyOf:
    """The texts to look for. Raises BadInput."""
    return needles(value, place)
