"""The answer is much like a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from lab.graders._terms import Place, Sample, nearest, scalar
from lab.graders._words import words

THRESHOLD = 0.75
LONGEST = 20_000
"""Words, or characters, that are compared; more would hold others up."""


@dataclass(frozen=True)
class Like:
    """Texts of which the most similar one counts, and how that is measured."""

    texts: tuple[str, ...]
    measure: str


def similarity(picked: str, expected: Like, sample: Sample) -> tuple[float, str]:
    """`expected`: a text, or a list of texts of which the most similar counts. The score is from 0 to 1.

    `measure` is `rouge_l` (the default), `token` or `edit`; upper and lower case are alike in the first two.
    Longer texts than `LONGEST` are ungraded.
    """
    measure = MEASURES[expected.measure]
    score = max(measure(picked, text) for text in expected.texts)
    return score, f"{score:.2f} alike by {expected.measure}"


def ready(value: object, place: Place, *, measure: object = "rouge_l") -> Like:
    """The texts and the measure. Raises BadInput."""
    texts = [scalar(each) for each in (value if isinstance(value, list) else [value])]
    if not texts or not all(text and text.strip() for text in texts):
        raise place.error(f"similarity needs a text, or a list of them, none empty; not {value!r}.")
    if measure not in tuple(MEASURES):
        raise place.error(f"there is no measure {measure!r}. {nearest(measure, MEASURES)}", "measure")
    return Like(tuple(text for text in texts if text), str(measure))


def token(text: str, other: str) -> float:
    """The F1 of their words, each as often as it comes, whatever their order: of SQuAD (arXiv 1606.05250)."""
    counts, others = Counter(_folded(text)), Counter(_folded(other))
    return _f1((counts & others).total(), counts.total(), others.total())


def rouge_l(text: str, other: str) -> float:
    """The F1 of the longest row of words that both have in this order, with others between: of ROUGE
    (https://aclanthology.org/W04-1013)."""
    row, others = _folded(text), _folded(other)
    return _f1(common(row, others), len(row), len(others))


def edit(text: str, other: str) -> float:
    """1 less the share of characters to insert, delete or replace (Levenshtein), of the longer text's."""
    text, other = text.strip(), other.strip()
    longest = max(len(text), len(other))
    return 1 - distance(text, other) / longest if longest else 1.0


def common(row: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """How long the longest common subsequence is; bit by bit, after Hyyrö (2004): a bit of `open` falls where
    the row grows."""
    _check(row, other)
    places = _places(row)
    everything = open = (1 << len(row)) - 1
    for each in other:
        hits = open & places.get(each, 0)
        open = (open + hits) | (open - hits)
    return len(row) - (open & everything).bit_count()


def distance(text: str, other: str) -> int:
    """The Levenshtein distance; bit by bit, after Myers (1999) and Hyyrö (2003): `up` and `down` hold where a
    column of the table of distances rises and falls."""
    _check(text, other)
    if not text:
        return len(other)
    places, last, everything = _places(text), 1 << (len(text) - 1), (1 << len(text)) - 1
    up, down, found = everything, 0, len(text)
    for each in other:
        here = places.get(each, 0)
        level = (((here & up) + up) ^ up) | here | down
        right_up, right_down = down | ~(level | up), up & level
        found += bool(right_up & last) - bool(right_down & last)
        right_up, right_down = right_up << 1 | 1, right_down << 1
        up, down = (right_down | ~(level | right_up)) & everything, right_up & level & everything
    return found


MEASURES: Mapping[str, Callable[[str, str], float]] = {"rouge_l": rouge_l, "token": token, "edit": edit}


def _folded(text: str) -> list[str]:
    return [word.casefold() for word in words(text)]


def _places(row: Sequence[Hashable]) -> dict[Hashable, int]:
    """Where each thing stands in a row, as the bits of a number."""
    found: dict[Hashable, int] = {}
    for place, each in enumerate(row):
        found[each] = found.get(each, 0) | 1 << place
    return found


def _f1(shared: int, one: int, other: int) -> float:
    """Of two texts without any words they are as alike as can be."""
    return 2 * shared / (one + other) if one + other else 1.0


def _check(*rows: Sequence[Hashable]) -> None:
    for row in rows:
        if len(row) > LONGEST:
            raise ValueError(
                f"{len(row):,} words or characters are too many to compare; the limit is {LONGEST:,}"
            )
