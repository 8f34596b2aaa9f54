"""Words within an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.graders._terms import Place, scalar, shown


@dataclass(frozen=True)
class AnyOf:
    """Texts of which one is enough."""

    texts: tuple[str, ...]


def needles(value: object, place: Place) -> list[str] | AnyOf:
    """The texts to look for. Raises BadInput; empty text too, since every answer holds it."""
    how = "all"
    if isinstance(value, dict):
        if len(value) != 1 or not value.keys() <= {"any", "all"}:
            raise place.error("there must be a text to look for, a list, {any: [a, b]} or {all: [a, b]}.")
        ((how, value),) = value.items()
    texts = [scalar(each) for each in (value if isinstance(value, list) else [value])]
    if not texts or not all(texts):
        raise place.error(f"there must be a text to look for, or a list of them, none empty; not {value!r}.")
    found = [text for text in texts if text]
    return AnyOf(tuple(found)) if how == "any" else found


def found(text: str, wanted: list[str] | AnyOf, fold: Callable[[str], str]) -> tuple[bool, str]:
    """Whether all of the wanted words are in the text, or one where that is enough; compared after `fold`."""
    enough = isinstance(wanted, AnyOf)
    words = list(wanted.texts) if enough else wanted
    folded = fold(text)
    there = [word for word in words if fold(word) in folded]
    if there if enough else len(there) == len(words):
        return True, f"contains {' and '.join(map(shown, there))}"
    return False, f"does not contain {' or '.join(shown(word) for word in words if word not in there)}"
