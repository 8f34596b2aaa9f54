"""The verdict on a comparison that went on until it was decided, or until it could not be."""

from __future__ import annotations

from collections.abc import Sequence

from lab.evals.gate import wording
from lab.evals.gate.course import Course
from lab.evals.gate.verdict import About, Decision


def decide_early(
    course: Course, old: str, new: str, broken: Sequence[str], unsettled: Sequence[str], same: bool
) -> Decision:
    """What is `decided` of a course: in this order hard rules that were `broken`, the `same` answers to all
    cases, what the evidence says; open where it says nothing. `unsettled`: cases that must pass, without a
    verdict."""
    rule, seen = course.rule, course.measures()
    about = About(rule, old, new)
    if broken:
        return about.decision("failed", wording.broken(new, broken), seen, broken=tuple(broken))
    if unsettled:
        return about.decision("invalid", wording.unsettled(unsettled), seen)
    if same:
        return about.decision("passed", wording.unchanged(old, new), seen)
    if not seen:
        return about.decision("invalid", wording.nothing_seen(old, new))
    if course.state == "passed":
        return about.decision("passed", wording.passed(old, new, rule.margin, seen), seen)
    if course.state == "failed":
        worse = [each for each in seen if each.high <= 0] or [min(seen, key=lambda each: each.high)]
        return about.decision("failed", wording.failed(old, new, worse), seen)
    most, whole = max(each.missing for each in seen), len(course.cases)
    if most > rule.missing * whole:
        return about.decision("invalid", wording.too_many_missing(most, whole, rule.missing), seen)
    worst = min(seen, key=lambda each: each.low)
    more = course.needs(worst)
    said = wording.open_(old, new, rule.margin, worst, more)
    return about.decision("inconclusive", said, seen, needs=more)
