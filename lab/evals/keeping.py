"""Batches that are collected by themselves, as long as a process lives that looks after them."""

from __future__ import annotations

import logging

from lab import store
from lab.engine import Lives
from lab.errors import LabError
from lab.evals.resuming import start

EVERY = 60.0
"""Seconds between two looks."""


class Keeper:
    """Goes on with runs that have something out and that nobody waits for: each once, so that what a person
    ends here stays ended."""

    def __init__(self, lives: Lives) -> None:
        self._lives = lives
        self._known: set[str] = set()

    def look(self) -> list[str]:
        """Gives the runs that go on now."""
        lives, lab = self._lives, self._lives.lab
        self._known.update(lives.working())
        out = {row["run_id"] for row in store.batches(lab.store.read, lab.owner, out=True)}
        taken = []
        for run in sorted(out - self._known):
            try:
                if store.run_head(lab.store.read, lab.owner, run)["state"] != "interrupted":
                    continue
                self._known.add(run)
                taken.append(start(lives, lab.owner, run))
            except LabError as error:
                self._known.add(run)
                logging.getLogger("lab").warning("The batch of run %s is not collected: %s", run, error)
        return taken
