"""The answer is as long as it may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.graders._terms import Place, Sample, Unknown, nearest
from lab.graders._words import sentences, words

UNITS: Mapping[str, Callable[[str], int]] = {
    "characters": len,
    "words": lambda text: len(words(text)),
    "lines": lambda text: sum(not line.isspace() and bool(line) for line in text.splitlines()),
    "sentences": sentences,
}
TOKENS = "tokens"


@dataclass(frozen=True)
class Bounds:
    """How many of a unit there may be; None: no bound."""

    min: int | None
    max: int | None
    unit: str

    @property
    def whole(self) -> bool:
        """Tokens are counted by the API, for the whole answer."""
        return self.unit == TOKENS


def length(picked: str, expected: Bounds, sample: Sample) -> tuple[bool, str]:
    """`expected`: a table with `min`, `max` or both, and a `unit`: characters (the default), words, lines,
    sentences or tokens.

    White space round the answer and empty lines do not count. Tokens are those that the API reported,
    thinking included; where it did not, the answer is ungraded.
    """
    if expected.unit == TOKENS:
        count = sample.output_tokens
        if count is None:
            raise Unknown("the API did not say how many tokens the answer has")
    else:
        count = UNITS[expected.unit](picked.strip())
    unit = expected.unit[:-1] if count == 1 else expected.unit
    if expected.min is not None and count < expected.min:
        return False, f"has {count:,} {unit}, fewer than {expected.min:,}"
    if expected.max is not None and count > expected.max:
        return False, f"has {count:,} {unit}, more than {expected.max:,}"
    return True, f"has {count:,} {unit}"


def ready(value: object, place: Place) -> Bounds:
    """The bounds. Raises BadInput."""
    if not isinstance(value, dict) or not value.keys() & {"min", "max"}:
        raise place.error("length needs a table with `min` or `max`, such as {max: 60, unit: words}.")
    for key in value:
        if key not in ("min", "max", "unit"):
            raise place.error(f"length has no '{key}'. {nearest(key, ('min', 'max', 'unit'))}", "length", key)
    unit = value.get("unit", "characters")
    if unit not in (*UNITS, TOKENS):
        raise place.error(f"there is no unit {unit!r}. {nearest(unit, (*UNITS, TOKENS))}", "length", "unit")
    least, most = (_count(value, key, place) for key in ("min", "max"))
    if least is not None and most is not None and least > most:
        raise place.error(f"min is {least:,}, but max only {most:,}.", "length")
    return Bounds(least, most, unit)


def _count(value: Mapping[str, object], key: str, place: Place) -> int | None:
    """A whole number from 0 up, also as text, as it comes from a table. Raises BadInput."""
    if key not in value:
        return None
    given = value[key]
    text = str(given).strip()
    if isinstance(given, bool) or not text.isascii() or not text.isdigit() or len(text) > 12:
        raise place.error(f"{key} is a whole number from 0 up, not {given!r}.", "length", key)
    return int(text)
