"""The answer holds the expected words, written just so."""

from __future__ import annotations

from lab.graders._terms import Place, Sample
from lab.graders._within import found, needles


def contains(picked: str, expected: list[str], sample: Sample) -> tuple[bool, str]:
    """`expected`: a text, or a list of texts that must all be there; under `not`, one text only."""
    return found(picked, expected, str)


def ready(value: object, place: Place) -> list[str]:
    """The texts to look for. Raises BadInput."""
    return needles(value, place)
