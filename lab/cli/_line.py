"""A line about something long: on a terminal one that changes, elsewhere one now and then."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Self

from lab.cli._out import note
from lab.errors import LabError

EVERY_ON_TERMINAL, EVERY_ELSEWHERE = 0.5, 10.0
"""Seconds between two lines."""


class Line:
    """What is said of something long that goes on; as a context it takes its line away in the end."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._said = monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._clear()

    def tell(self, words: str) -> None:
        """Say something else on a line of its own."""
        self._clear()
        note(words)

    def say(self, words: Callable[[], str]) -> None:
        """Say how it stands, if it is time to; errors of the lab in finding that out are passed over."""
        now = monotonic()
        if now - self._said < (EVERY_ON_TERMINAL if self._live else EVERY_ELSEWHERE):
            return
        self._said = now
        with suppress(LabError):  # what the line cannot be read for ends it by itself
            line = words()
            if self._live:
                sys.stderr.write(f"\r\033[K{line[: shutil.get_terminal_size().columns - 1]}")
                sys.stderr.flush()
            else:
                note(line)

    def _clear(self) -> None:
        if self._live:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
