"""A check through Message Batches: half the price, within a day."""

from __future__ import annotations

from lab.evals.batch.fitness import fit
from lab.evals.batch.rounds import Left, Way, rounds

__all__ = ["Left", "Way", "fit", "rounds"]
