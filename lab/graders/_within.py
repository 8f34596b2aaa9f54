"""Words within an answer."""

from __future__ import annotations

from collections.abc import Callable

from lab.graders._terms import Place, scalar, shown


def needles(value: object, place: Place) -> list[str]:
    """The texts to look for. Raises BadInput; empty text too, since every answer holds it."""
    texts = [scalar(each) for each in (value if isinstance(value, list) else [value])]
    if not texts or not all(texts):
        raise place.error(f"there must be a text to look for, or a list of them, none empty; not {value!r}.")
    return [text for text in texts if text]


def found(text: str, words: list[str], fold: Callable[[str], str]) -> tuple[bool, str]:
    """Whether all the words are in the text, compared after `fold`."""
    folded = fold(text)
    missing = [word for word in words if fold(word) not in folded]
    if missing:
        return False, f"does not contain {' or '.join(map(shown, missing))}"
    return True, f"contains {' and '.join(map(shown, words))}"
