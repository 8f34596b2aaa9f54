"""The answer is the expected text, exactly."""

from __future__ import annotations

from lab.graders._terms import Place, Sample, scalar, shown


def equals(picked: str, expected: str, sample: Sample) -> tuple[bool, str]:
    """`expected`: a text (or a number or true/false, as it is written).

    White space round either is no part of it; case and everything else counts.
    """
    picked, expected = picked.strip(), expected.strip()
    if picked == expected:
        return True, f"is {shown(expected)}"
    return False, f"is {shown(picked)}, not {shown(expected)}"


def ready(value: object, place: Place) -> str:
    """The expected text. Raises BadInput."""
    if (text := scalar(value)) is None:
        raise place.error(f"equals needs a text, not {value!r}.")
    return text
