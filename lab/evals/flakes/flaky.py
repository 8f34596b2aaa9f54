"""Cases that flip: whether the model answers differently, or the same answer is graded differently."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

from lab.evals.flakes.seen import Given, Seen
from lab.evals.gate.spread import spread

Kind = Literal["model", "judge", "both", "grader"]
"""What flips: other answers get other grades; a judge grades the same answer differently; both; another
grader does, such as one of time."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer in so many words, by the number of its text: the calls that gave it, how often it was graded
    and passed, and why it did or did not each time."""

    answered: int
    calls: tuple[str, ...]
    passed: int
    graded: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flake:
    """A case of which some verdicts are passed and some failed. `answers`: the different ones, those that
    fail most first; `graders`: which give the same answer different grades."""

    case: str
    kind: Kind
    passed: int
    seen: int
    answers: tuple[Told, ...]
    graders: tuple[str, ...]


def flakes(of: Seen) -> tuple[Flake, ...]:
    """Those of a variant, the ones that flip most first."""
    judges = of.run["settings"].get("judges", {})
    found = [_flake(case, given, judges) for case, given in of.cases.items() if _mixed(given)]
    return tuple(sorted(found, key=lambda each: (abs(each.passed / each.seen - 0.5), -each.seen, each.case)))


def asked_again(of: Seen) -> int:
    """How many cases have more than one verdict, so that they can flip."""
    return sum(len(given) > 1 for given in of.cases.values())


def within(of: Seen) -> float | None:
    """The variance of a case's passing or failing about its own mean, from one answer to the next: each
    answer by its first verdict. None where no case was asked twice."""
    by_case = []
    for given in of.cases.values():
        first: dict[str, float] = {}
        for each in given:
            first.setdefault(each.call, float(each.passed))
        by_case.append([*first.values()])
    by_case = [each for each in by_case if each]
    found = spread(by_case) if any(len(each) > 1 for each in by_case) else None
    return None if found is None else found.within


def _mixed(given: Sequence[Given]) -> bool:
    return len({each.passed for each in given}) > 1


def _flake(case: str, given: Sequence[Given], judges: Collection[str]) -> Flake:
    by_answer: dict[int, list[Given]] = defaultdict(list)
    for each in given:
        by_answer[each.answered].append(each)
    graders = {name for same in by_answer.values() if _mixed(same) for name in _flipping(same)}
    sides = {_side(same) for same in by_answer.values()} - {None}
    kind: Kind = "model"
    if graders:
        kind = "grader" if graders.isdisjoint(judges) else "judge"
        kind = "both" if len(sides) > 1 else kind
    told = sorted((_told(same) for same in by_answer.values()), key=lambda each: each.passed / each.graded)
    passed = sum(each.passed for each in given)
    return Flake(case, kind, passed, len(given), tuple(told), tuple(sorted(graders)))


def _side(same: Sequence[Given]) -> bool | None:
    """What most verdicts on an answer say; None where as many say the other."""
    share = fmean(each.passed for each in same)
    return None if share == 0.5 else share > 0.5


def _flipping(same: Sequence[Given]) -> set[str]:
    """The graders that pass and fail the same answer."""
    said: dict[str, set[bool]] = defaultdict(set)
    for each in same:
        for grade in json.loads(each.grades):
            if grade["passed"] is not None:
                said[grade["name"]].add(grade["passed"])
    return {name for name, each in said.items() if len(each) > 1}


def _told(same: Sequence[Given]) -> Told:
    reasons = dict.fromkeys(_reason(each) for each in same)
    calls = tuple(dict.fromkeys(each.call for each in same))
    return Told(same[0].answered, calls, sum(each.passed for each in same), len(same), tuple(reasons))


def _reason(given: Given) -> str:
    """Why it passed or failed that time."""
    grades: list[Mapping[str, Any]] = json.loads(given.grades)
    told = [f"{each['name']}: {each['reason']}" for each in grades if each["passed"] is given.passed]
    return f"{'passed' if given.passed else 'failed'}: {'; '.join(told)}"
