"""Texts that read like nothing, but whose words are as often and as rare as those of a language."""

from __future__ import annotations

import random
from itertools import accumulate

COMMON = """
    the of and to in a is that for it you we your with on be this are as have not at or from by an can if will
    which please account order refund invoice settings team plan billing cancel price delivery customer
    support answer question contract policy claim address payment card subscription upgrade
"""
"""The words that come first by frequency; the rest are made of syllables."""
SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu bra cle dri flo gru sta tre pla"
VOCABULARY = 30_000
SENTENCES = 40_000


class Prose:
    """Draws texts of a length. A word's frequency falls with its rank, by Zipf's law; of every hundred
    sentences some hold a number that stands nowhere else, as orders and tickets do."""

    def __init__(self, seed: int) -> None:
        drawn, syllables, common = random.Random(seed), SYLLABLES.split(), COMMON.split()
        made = {"".join(drawn.choices(syllables, k=drawn.randint(2, 4))) for _ in range(VOCABULARY)}
        words = [*common, *sorted(made - set(common))]
        weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(words))))
        self._sentences = [
            " ".join(drawn.choices(words, cum_weights=weights, k=drawn.randint(6, 16))).capitalize() + "."
            for _ in range(SENTENCES)
        ]

    def text(self, drawn: random.Random, characters: int) -> str:
        """About so many characters."""
        parts = drawn.choices(self._sentences, k=max(1, characters // 72))
        if drawn.random() < 0.3:
            parts.insert(len(parts) // 2, f"Order {drawn.randrange(10**9)} is meant.")
        return " ".join(parts)
