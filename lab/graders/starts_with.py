"""The answer begins with the expected text."""

from __future__ import annotations

from lab.graders._terms import Place, Sample, scalar, shown


def starts_with(picked: str, expected: str, sample: Sample) -> tuple[bool, str]:
    """`expected`: a text. White space before the answer is no part of it; case counts."""
    picked = picked.lstrip()
    if picked.startswith(expected):
        return True, f"begins with {shown(expected)}"
    return False, f"begins with {shown(picked[: len(expected)])}, not {shown(expected)}"


def ready(value: object, place: Place) -> str:
    """The beginning. Raises BadInput; also where it is empty, since every answer begins so."""
    text = (scalar(value) or "").lstrip()
    if not text:
        raise place.error(f"starts_with needs a text, not {value!r}.")
    return text
