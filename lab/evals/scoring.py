"""What the grades of an answer come to: its score, and whether it passes."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from lab.graders import Grade

MEAN = "mean score"
"""The grade that says how a threshold was met."""
EPSILON = 1e-9
"""What a mean may be short of a threshold by rounding."""


def score(grades: Sequence[Grade]) -> float | None:
    """The mean of the grades that count, by their weights; None while one of them is missing."""
    low, high = _span(grades)
    return low if low == high else None


def passed(grades: Sequence[Grade], threshold: float | None) -> bool | None:
    """Whether an answer passes; None where that is open, as it is without any grades.

    Without a threshold all grades that count must pass: one that failed settles it, else an ungraded one
    leaves it open. With one the mean score must reach it, whatever an ungraded one would add.
    """
    if not grades:
        return None
    if threshold is not None:
        return mean(grades, threshold).passed
    verdicts = [each.passed for each in grades if each.weight]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def mean(grades: Sequence[Grade], threshold: float) -> Grade:
    """The mean score as one more grade, which itself counts for nothing."""
    low, high = _span(grades)
    met = True if low >= threshold - EPSILON else None if high >= threshold - EPSILON else False
    span = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}, as not all were graded"
    return Grade(MEAN, met, f"{span}; {threshold:g} is needed", low if low == high else None, weight=0.0)


def ungraded(grades: Sequence[Grade]) -> str | None:
    """Why a grader gave no grade, in a sentence; None where all did."""
    failed = next((each for each in grades if each.passed is None and each.name != MEAN), None)
    return f"{failed.name} could not grade: {failed.reason}" if failed else None


def worth(passed: bool | None, score: float | None) -> float | None:
    """A grade as a number from 0 to 1; None where it is ungraded."""
    return score if passed is None or score is not None else float(passed)


def _span(grades: Sequence[Grade]) -> tuple[float, float]:
    """The lowest and the highest mean score that the ungraded ones leave open; 1 where nothing counts."""
    counted = [each for each in grades if each.weight]
    total = fsum(each.weight for each in counted)
    if not total:
        return 1.0, 1.0
    worths = [(each.weight, worth(each.passed, each.score)) for each in counted]
    low, high = (fsum(w * (to if v is None else v) for w, v in worths) / total for to in (0.0, 1.0))
    return low, high
