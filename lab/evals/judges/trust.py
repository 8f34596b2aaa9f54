"""Whether a judge may be trusted: rules that are fixed beforehand, and the sentence they come to.

That kappa from 0.61 on is "substantial" is Landis and Koch's (Biometrics 33, 1977, 159-174); that how well
people agree with each other is the most a judge can reach is how MT-bench's judges were tried (Zheng et al.,
2023, arXiv 2306.05685). The least numbers of answers are the lab's own: with fewer, intervals that come from
drawing again are too narrow, and a share of ten is known to within 30 points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

from lab.evals.gate.agreement import Agreement
from lab.evals.judges.bench import Judge
from lab.evals.judges.calibration import Calibration, majority
from lab.evals.judges.rated import Answer, Docket

BAR = 0.6
"""Kappa that a judge has to reach for sure."""
FEWEST = 40
"""Rated answers."""
CASES = 20
"""That they answer: answers to one case are alike."""
OF_A_KIND = 10
"""Of these that people pass, and that they fail."""
MADE_UP = "Its verdicts are simulated: this says nothing of a real judge."
MOST = 1_000
"""Answers that nobody is asked to rate beyond."""

Standing = Literal["yes", "not yet", "no"]


@dataclass(frozen=True, slots=True)
class Trust:
    """`more`: how many answers to rate until it can be told, where that helps."""

    standing: Standing
    sentence: str
    more: int | None = None


def trust(judge: Judge, found: Calibration) -> Trust:
    """May this judge's verdicts stand for people's?"""
    told = _trust(found)
    return replace(told, sentence=f"{told.sentence} {MADE_UP}") if judge.simulated else told


def _trust(found: Calibration) -> Trust:
    if not found.answers:
        return Trust("not yet", f"Not yet: nobody has rated its answers. Rate {FEWEST} of them.", FEWEST)
    if _disagree(found.people):
        return Trust(
            "no",
            "No: people do not agree with each other on what passes "
            f"(κ {_between(found.people)}, on {found.people.items:,} pairs of verdicts). Make the rubric "
            "clearer first.",
        )
    return _too_few(found) or _told(found)


def disagreements(docket: Docket) -> list[Answer]:
    """Answers on which the judge and most people differ, the worst first: what it lets pass, then by how
    many people contradict it, then by how far apart they are on the scale."""
    differing = [answer for answer in docket.answers if majority(docket.judge, answer) is (not answer.passed)]
    return sorted(differing, key=lambda answer: _harm(docket.judge, answer))


def _too_few(found: Calibration) -> Trust | None:
    many = "1 rated answer is" if found.answers == 1 else f"{found.answers:,} rated answers are"
    if found.answers < FEWEST:
        more = FEWEST - found.answers
        return Trust("not yet", f"Not yet: {many} too few. Rate {more:,} more.", more)
    if found.cases < CASES:
        of = "1 case" if found.cases == 1 else f"{found.cases:,} cases"
        said = f"the {found.answers:,} rated answers are to {of}; {CASES} cases are needed"
        return Trust("not yet", f"Not yet: {said}. Rate answers to others.", CASES - found.cases)
    for verb, count in (("failed", found.failed), ("passed", found.passed)):
        if count < OF_A_KIND:
            said = f"people {verb} {count:,} of {found.answers:,} rated answers; {OF_A_KIND} are needed"
            more = ceil(found.answers * (OF_A_KIND - count) / count) if count else None
            if more is None or more > MOST:
                what = "fail" if verb == "failed" else "pass"
                return Trust("not yet", f"Not yet: {said}. Rate answers that may {what}, too.")
            return Trust("not yet", f"Not yet: {said}. Rate about {more:,} more.", more)
    return None


def _told(found: Calibration) -> Trust:
    kappa, people = found.kappa, found.people
    known = people.items >= FEWEST and people.low is not None
    figures = f"κ {_between(kappa)}, on {found.answers:,} answers"
    if kappa.low >= BAR:
        if known and kappa.high < people.value:
            better = f"who agree with each other better ({people.value:z.2f})"
            return Trust("yes", f"Yes, with care: it agrees with people ({figures}), {better}.")
        if known:
            said = "it agrees with people as well as they agree with each other"
            return Trust("yes", f"Yes: {said} ({figures}; people {people.value:z.2f}).")
        alone = "How well people agree with each other is not known: let a second person rate the same."
        return Trust("yes", f"Yes: it agrees with people ({figures}). {alone}")
    if kappa.high < BAR or (known and kappa.high < people.low):
        return Trust("no", f"No: {_wrong(found)} ({figures}{_against(people, known)}).")
    more = _more(kappa, found.answers)
    further = "More would hardly tell." if more is None else f"Rate about {more:,} more."
    needed = f"it may agree with people well enough or not ({figures}{_against(people, known)})"
    return Trust("not yet", f"Not yet: {needed}. {further}", more)


def _wrong(found: Calibration) -> str:
    """The larger of its two faults."""
    lets = found.lets_pass.value if found.lets_pass else 0.0
    fails = found.fails.value if found.fails else 0.0
    return (
        f"it passes {lets:.0%} of what people fail"
        if lets >= fails
        else (f"it fails {fails:.0%} of what people pass")
    )


def _disagree(people: Agreement) -> bool:
    return people.items >= FEWEST and people.high is not None and people.high < BAR


def _more(kappa: Agreement, answers: int) -> int | None:
    """How many further answers would bring the interval to one side of the bar, if kappa stays as it is: its
    width goes with the root of their number."""
    room = abs(kappa.value - BAR)
    reach = kappa.value - kappa.low if kappa.value > BAR else kappa.high - kappa.value
    if room * room * (MOST + answers) < reach * reach * answers:
        return None
    return max(ceil(answers * (reach / room) ** 2) - answers, OF_A_KIND)


def _against(people: Agreement, known: bool) -> str:
    return f"; people {people.value:z.2f}" if known else ""


def _between(found: Agreement) -> str:
    to = " to " if found.low < 0 else "–"
    return f"{found.value:z.2f}, {found.low:z.2f}{to}{found.high:z.2f}"


def _harm(judge: Judge, answer: Answer) -> tuple[Sequence[float], ...]:
    said = [judge.levels.index(each) for each in answer.people.values() if each in judge.levels]
    apart = max((abs(each - answer.judged) for each in said), default=0) if answer.judged is not None else 0
    return not answer.passed, -len(answer.people), -apart, answer.case
