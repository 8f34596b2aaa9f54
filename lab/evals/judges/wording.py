"""A judge's figures in words, the same on the command line and on the page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lab.evals.gate.agreement import Agreement
from lab.evals.judges.bench import Judge
from lab.evals.judges.calibration import Calibration, Matrix, Rate, calibrated
from lab.evals.judges.rated import Answer, Docket
from lab.evals.judges.trust import disagreements, trust
from lab.evals.paired import Interval

UNKNOWN = "–"


def figures(found: Calibration) -> list[dict[str, str]]:
    """How far the judge and people agree, and people with each other: a row each measure."""
    rows = [_row("κ, pass or fail", found.kappa, found.people)]
    if found.weighted and found.weighted_people:
        rows.append(_row("weighted κ, on the scale", found.weighted, found.weighted_people))
    return [*rows, _row("Krippendorff's α", found.alpha_with, found.alpha)]


def held(found: Calibration) -> str:
    """What is held against what: `140 answers to 70 cases, 180 verdicts of ann (140), ben (40)`."""
    said = ", ".join(f"{name} ({many:,})" for name, many in found.raters.items())
    return (
        f"{_many(found.answers, 'answer')} to {_many(found.cases, 'case')}, "
        f"{_many(found.verdicts, 'verdict')} of {said}"
    )


def shares(found: Calibration) -> list[str]:
    """Its two faults, each with its interval."""
    said = (("passes", "fail", found.lets_pass), ("fails", "pass", found.fails))
    return [f"It {verb} {_share(each)} of what people {what}." for verb, what, each in said if each]


def asides(docket: Docket) -> list[str]:
    """What else has to be known of the figures."""
    said = []
    if docket.changed:
        said.append(
            f"{_many(docket.changed, 'verdict')} of people first said otherwise; the last one counts."
        )
    if docket.elsewhere:
        what = _many(docket.elsewhere, "further verdict")
        said.append(f"{what} of people on answers that this judge has not judged count nowhere.")
    return said


def kinds(judge: Judge, found: Calibration) -> list[tuple[str, tuple[str, ...], Matrix]]:
    """The confusion matrices that there are: what of, the names of rows and columns, and the counts."""
    some = [("pass or fail", ("fail", "pass"), found.matrix)]
    return some if found.by_level is None else [*some, ("on the scale", judge.levels, found.by_level)]


def rate(each: Rate) -> dict[str, str]:
    """A variant's pass rate as the judge has it, and corrected."""
    between = UNKNOWN if each.low is None else f"{each.low:.1%} to {each.high:.1%}"
    corrected = UNKNOWN if each.corrected is None else f"{each.corrected:.1%}"
    return {
        "variant": each.variant,
        "judged": f"{each.judged:,}",
        "the judge": f"{each.raw:.1%}",
        "corrected": corrected,
        "may be": between,
    }


def differing(judge: Judge, answer: Answer) -> dict[str, str]:
    """An answer on which judge and people differ."""
    said = ", ".join(f"{name}: {verdict}" for name, verdict in answer.people.items())
    return {"case": answer.case, "people": said, "the judge": answer.reason, "variant": answer.variant}


def record(docket: Docket) -> dict[str, Any]:
    """All of it, as JSON can hold it."""
    found = calibrated(docket)
    return {
        **asdict(docket.judge),
        "runs": docket.runs,
        "trust": asdict(trust(docket.judge, found)),
        **asdict(found),
        "changed": docket.changed,
        "elsewhere": docket.elsewhere,
        "disagreements": [asdict(answer) for answer in disagreements(docket)],
    }


def _row(measure: str, judge: Agreement, people: Agreement) -> dict[str, str]:
    return {"measure": measure, "judge and people": _agreed(judge), "people alone": _agreed(people)}


def _agreed(found: Agreement) -> str:
    if found.value is None:
        return UNKNOWN
    ends = "" if found.low is None else f" ({found.low:z.2f} to {found.high:z.2f})"
    return f"{found.value:z.2f}{ends}"


def _share(found: Interval) -> str:
    return f"{found.value:.0%} ({found.low:.0%} to {found.high:.0%})"


def _many(number: int, thing: str) -> str:
    return f"1 {thing}" if number == 1 else f"{number:,} {thing}s"
