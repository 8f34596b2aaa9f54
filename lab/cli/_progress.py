"""How far a check has come."""

from __future__ import annotations

from lab import evals, store
from lab.cli._line import Line
from lab.engine import Lab
from lab.evals import Plan, Pressure, Result


class Progress(Line):
    """Told each result of a check, it says what the database has of the run."""

    def __init__(self, lab: Lab, plan: Plan, pressure: Pressure) -> None:
        super().__init__()
        self._lab, self._plan, self._pressure = lab, plan, pressure

    def take(self, result: Result | None) -> None:
        """A result is there, or time has gone by."""
        self.say(self._words)

    def _words(self) -> str:
        run = store.run_head(self._lab.store.read, self._plan.principal, self._plan.run)
        slower = f" · {self._pressure.words}" if self._pressure.words else ""
        come = evals.progress(run)
        return f"{self._plan.dataset.name}: {' · '.join(filter(None, [come.words, come.out]))}{slower}"
