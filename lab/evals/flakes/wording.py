"""What is said of cases that flip, the same on the command line and on the page."""

from __future__ import annotations

from collections import Counter

from lab.cost import dollars
from lab.evals.flakes.flaky import Flake, Told
from lab.evals.flakes.report import Report, Step
from lab.evals.gate.wording import points, repeats, ways

WHOSE = {
    "model": "the model",
    "judge": "the judge",
    "both": "the model and the judge",
    "grader": "another grader",
}
"""Who flips."""
FEWEST = 3
"""Repeats that are spoken of."""


def sentence(of: Report) -> str:
    """In plain words: how many flip, what flips, and what more repeats would bring."""
    if not of.cases:
        return "No answer has a verdict, so that none can flip."
    if not of.again:
        many = "The only case has" if of.cases == 1 else f"Each of {of.cases:,} cases has"
        return (
            f"{many} one verdict, so that none can flip. Check the same version again, or set repeats: 3 in "
            "the dataset."
        )
    if not of.flaky:
        many = (
            "The only case that can flip does not" if of.again == 1 else f"None of {of.again:,} cases flips"
        )
        return f"{many}{_runs(of)}."
    flip = "flips" if len(of.flaky) == 1 else "flip"
    said = f"{len(of.flaky):,} of {of.again:,} cases {flip}{_runs(of)}: {_whose(of)}"
    gain = _gain(of)
    return f"{said}; {gain}." if gain else f"{said}."


def advice(of: Report) -> list[str]:
    """What to do about what flips."""
    kinds = {flake.kind for flake in of.flaky}
    said = []
    if kinds & {"model", "both"}:
        said.append(
            "Where the model answers differently: say in the prompt what it should do there, let the case "
            "ask for one thing, or ask it several times."
        )
    if kinds & {"judge", "both"}:
        said.append(
            "Where the judge differs: say in its rubric what decides, give it examples, or let several "
            "judges vote."
        )
    if "grader" in kinds:
        said.append("Where another grader differs: the figure is near its threshold. Move that away from it.")
    if of.flaky and of.judged and not of.regraded:
        said.append("Whether the judge grades each of these answers the same, only grading them again tells.")
    return said


def row(flake: Flake) -> dict[str, str]:
    """A case in a table."""
    who = WHOSE[flake.kind] + (f" ({', '.join(flake.graders)})" if flake.graders else "")
    answers = "the same" if len(flake.answers) == 1 else f"{len(flake.answers):,} different"
    passed = f"{flake.passed} of {flake.seen}"
    return {"case": flake.case, "passed": passed, "answers": answers, "who flips": who}


def told(answer: Told) -> str:
    """How often an answer in these words was given and passed."""
    given = "given once" if len(answer.calls) == 1 else f"given {len(answer.calls):,} times"
    if answer.graded == len(answer.calls) == 1:
        return "passed" if answer.passed else "failed"
    return f"{given}, passed {answer.passed:,} of {answer.graded:,} times"


def step(of: Report, each: Step) -> dict[str, str]:
    """What so many repeats bring, in a table."""
    basis = "estimate, if real" if of.simulated else "estimate"
    cost = "not known" if each.cost is None else f"{dollars(each.cost)} ({basis})"
    seen = "no drop" if each.drop is None else points(each.drop)
    return {"repeats": str(each.repeats), "the gate sees": seen, "cost of a run": cost}


def basis(of: Report) -> list[str]:
    """What the steps rest on, and what would show the margin."""
    if not of.steps or of.needs is None:
        return []
    rests = "At 80 % power, by how often answers to the same case differed"
    rests += ", if versions differ by nothing else." if of.assumed else " and how far versions did."
    margin = f"the margin of {points(of.margin)}"
    if any(each.repeats == of.repeats and (each.drop or 1) <= of.margin for each in of.steps):
        return [rests, f"That is enough for {margin}."]
    found = ways(of.needs, of.cases) or "no number of cases that anybody has"
    return [rests, f"To see {margin}: {found}. {repeats(of.needs)}".rstrip()]


def _whose(of: Report) -> str:
    counts = Counter(flake.kind for flake in of.flaky)
    said = [
        (counts["model"], "the model answers differently"),
        (counts["judge"], "the judge grades the same answer differently"),
        (counts["both"], "both do"),
        (counts["grader"], "another grader grades the same answer differently"),
    ]
    return ", ".join(f"in {many:,} {what}" for many, what in said if many)


def _runs(of: Report) -> str:
    return "" if len(of.runs) == 1 else f" in {len(of.runs):,} runs"


def _gain(of: Report) -> str | None:
    """What the gate would see with three repeats, or the next number above those there are."""
    now = next((each.drop for each in of.steps if each.repeats == of.repeats), None)
    then = next((each for each in of.steps if each.repeats >= FEWEST and each.repeats > of.repeats), None)
    if now is None or then is None or then.drop is None or points(now) == points(then.drop):
        return None
    instead = points(now).partition(" ")[0]
    return f"with {then.repeats} repeats the gate would see {points(then.drop)} instead of {instead}"
