"""Cases that ask nearly the same."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lab.evals.cases import Case
from lab.evals.conversation import words

THRESHOLD = 0.8
"""Share of their words that two texts have in common, of all the words in either, each as often as it stands
there (the Jaccard index)."""
READ = 750
"""Characters at either end of a text that are compared."""
FEW = 3
"""Rare words that a short text and one that may be near must share."""
ENOUGH = 20
"""Texts that are near, of which the nearest is looked for no further."""
WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
"""A word, or a character of the scripts that put no spaces between words."""

Words = frozenset[tuple[str, int]]
"""Each word with a number that counts how often it has come."""


@dataclass(frozen=True)
class Near:
    """A case, the earlier one that it nearly repeats, and how much of them is the same, from 0 to 1."""

    case: str
    like: str
    share: float


def duplicates(cases: Sequence[Case], threshold: float = THRESHOLD) -> list[Near]:
    """The cases that nearly repeat an earlier one, in their order, each with the nearest of those."""
    shelf = Shelf((words(case) for case in cases), threshold)
    found = ((case, shelf.put(number)) for number, case in enumerate(cases))
    return [Near(case.id, cases[near[0]].id, near[1]) for case, near in found if near]


class Shelf:
    """Texts, of which each finds the nearest among those put there before.

    Of each word it is kept which texts have it, as the bits of one number; how many words a text shares with
    every other is then counted for all of them at once, in numbers whose bits are those of the counts.
    """

    def __init__(self, texts: Iterable[str], threshold: float) -> None:
        self._threshold = threshold
        self._words = [_words(text) for text in texts]
        self._common = Counter(word for each in self._words for word in each)
        self._having: dict[tuple[str, int], int] = {}

    def put(self, number: int) -> tuple[int, float] | None:
        """Which text before this one it nearly repeats, and by what share."""
        own, best, tried = self._words[number], (-1, 0.0), 0
        for other in self._sharing(own, number):
            theirs = self._words[other]
            same = len(own & theirs)
            share = same / (len(own) + len(theirs) - same)
            if share > best[1] and share >= self._threshold:
                best = (other, share)
            tried += share >= self._threshold
            if tried == ENOUGH or best[1] == 1:
                break
        for word in own:
            if self._common[word] > 1:
                self._having[word] = self._having.get(word, 0) | 1 << number
        return best if best[1] else None

    def _sharing(self, own: Words, number: int) -> Iterator[int]:
        """The texts before this one that have so many of its words that they may be near.

        A near one lacks only so many of them; of the rarest, a few more than that are looked at, of which it
        must have these few.
        """
        lacking = len(own) - math.ceil(self._threshold * len(own))
        need = min(len(own) - lacking, max(FEW, lacking // 4))
        rarest = sorted(own, key=lambda word: (self._common[word], word))[: lacking + need]
        masks = [self._having[word] for word in rarest if word in self._having]
        if len(masks) < need:
            return
        counts: list[int] = []
        for mask in masks:
            level = 0
            while mask:
                if level == len(counts):
                    counts.append(0)
                counts[level], mask = counts[level] ^ mask, counts[level] & mask
                level += 1
        above, equal = 0, (1 << number) - 1
        for level in reversed(range(max(len(counts), need.bit_length()))):
            bits = counts[level] if level < len(counts) else 0
            if need >> level & 1:
                equal &= bits
            else:
                above, equal = above | equal & bits, equal & ~bits
        left = above | equal
        while left:
            lowest = left & -left
            yield lowest.bit_length() - 1
            left ^= lowest


def _words(text: str) -> Words:
    """Of a text without words, all that it is."""
    text = text if len(text) <= 2 * READ else f"{text[:READ]} {text[-READ:]}"
    plain = unicodedata.normalize("NFKC", text).casefold()
    counted = Counter(WORD.findall(plain)) or Counter([plain.strip()])
    return frozenset((word, n) for word, count in counted.items() for n in range(count))
