"""A check that goes on until it is decided, or until its cap."""

from lab.evals.deciding.end import end
from lab.evals.deciding.evidence import Drawn, drawn
from lab.evals.deciding.fit import fit
from lab.evals.deciding.going import Going, begun

__all__ = ["Drawn", "Going", "begun", "drawn", "end", "fit"]
