"""How far a check has come: on a terminal a line that changes, elsewhere a line now and then."""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from time import monotonic

from lab import evals, store
from lab.cli._out import note
from lab.engine import Lab
from lab.errors import LabError
from lab.evals import Plan, Pressure, Result

EVERY_ON_TERMINAL, EVERY_ELSEWHERE = 0.5, 10.0
"""Seconds between two lines."""


class Progress:
    """Told each result, it says what the database has of the run; as a context it takes its line away in the
    end."""

    def __init__(self, lab: Lab, plan: Plan, pressure: Pressure) -> None:
        self._lab, self._plan, self._pressure = lab, plan, pressure
        self._live = sys.stderr.isatty()
        self._said = monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        self._clear()

    def tell(self, words: str) -> None:
        """Say something else on a line of its own."""
        self._clear()
        note(words)

    def _clear(self) -> None:
        if self._live:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()

    def take(self, result: Result) -> None:
        now = monotonic()
        if now - self._said >= (EVERY_ON_TERMINAL if self._live else EVERY_ELSEWHERE):
            self._said = now
            with suppress(LabError):  # what the line cannot be read for ends the run by itself
                self._say()

    def _say(self) -> None:
        run = store.run_head(self._lab.store.read, self._plan.principal, self._plan.run)
        slower = f" · {self._pressure.words}" if self._pressure.words else ""
        line = f"{self._plan.dataset.name}: {evals.progress(run).words}{slower}"
        if self._live:
            sys.stderr.write(f"\r\033[K{line[: shutil.get_terminal_size().columns - 1]}")
            sys.stderr.flush()
        else:
            note(line)
