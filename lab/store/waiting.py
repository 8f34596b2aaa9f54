"""What a person at a terminal is told while a long migration goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
PATIENCE, EVERY = 2.0, 0.5
"""Seconds until anything is said, and between two sentences."""


def counted(rows: Sequence[T], words: str) -> Iterator[T]:
    """The rows; on a terminal, where they take long, with how many of them are done."""
    said = time.monotonic() + PATIENCE
    spoke = False
    for number, row in enumerate(rows):
        if number % 256 == 0 and time.monotonic() > said and sys.stderr.isatty():
            print(f"\r{number:,} of {len(rows):,} {words}", end="", file=sys.stderr, flush=True)
            said, spoke = time.monotonic() + EVERY, True
        yield row
    if spoke:
        print(f"\r{len(rows):,} of {len(rows):,} {words}", file=sys.stderr, flush=True)
