"""Cases that flip between repeats, or between runs of the same version: whose doing it is, and what helps."""

from lab.evals.flakes.flaky import Flake, Told
from lab.evals.flakes.report import Report, Step, named, reports
from lab.evals.flakes.wording import advice, basis, row, sentence, step, told

__all__ = [
    "Flake",
    "Report",
    "Step",
    "Told",
    "advice",
    "basis",
    "named",
    "reports",
    "row",
    "sentence",
    "step",
    "told",
]
