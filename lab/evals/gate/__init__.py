"""The gate: whether a prompt may go on in place of another, and how sure that is."""

from lab.evals.gate.agreement import Agreement, Corrected, corrected, kappa, krippendorff, table
from lab.evals.gate.course import Course, Look, Marks
from lab.evals.gate.early import decide_early
from lab.evals.gate.measure import Measure
from lab.evals.gate.reading import rule
from lab.evals.gate.rule import PASSED, Arm, Asked, Rule
from lab.evals.gate.verdict import Decision, decide

__all__ = [
    "PASSED",
    "Agreement",
    "Arm",
    "Asked",
    "Corrected",
    "Course",
    "Decision",
    "Look",
    "Marks",
    "Measure",
    "Rule",
    "corrected",
    "decide",
    "decide_early",
    "kappa",
    "krippendorff",
    "rule",
    "table",
]
