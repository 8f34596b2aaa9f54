"""What a person at a terminal is told while a newer schema takes its time."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
PATIENCE, EVERY = 2.0, 0.5
"""Seconds until anything is said, and between two sentences."""


class Waiting:
    """One line that is written anew, on stderr, where that is a terminal."""

    def __init__(self, words: str) -> None:
        self._words, self._due, self._spoke = words, time.monotonic() + PATIENCE, False

    def tell(self, done: int, whole: int) -> None:
        """How far it is, now and then; the end always, where anything was said."""
        ended = done == whole and self._spoke
        if (time.monotonic() < self._due and not ended) or not sys.stderr.isatty():
            return
        print(
            f"\r{done:,} of {whole:,} {self._words}", end="\n" if ended else "", file=sys.stderr, flush=True
        )
        self._due, self._spoke = time.monotonic() + EVERY, not ended


def counted(rows: Sequence[T], words: str) -> Iterator[T]:
    """The rows; where they take long, it is told how many of them are done."""
    waiting = Waiting(words)
    for number, row in enumerate(rows, 1):
        yield row
        if number % 256 == 0 or number == len(rows):
            waiting.tell(number, len(rows))
