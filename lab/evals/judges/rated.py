"""The answers that a judge graded and people rated, brought together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab import store
from lab.errors import BadInput
from lab.evals.judges.bench import Judge, judges
from lab.graders import nearest
from lab.store import Connection
from lab.types import Principal

LONGEST = 100
"""Runs of a dataset that are looked back upon."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that a judge gave a verdict on and people did too. `judged` is the judge's verdict by its
    position on the scale, None where that is not told; `passed`: whether it passed it, and why. `people`:
    by name, their verdict in words."""

    case: str
    variant: str
    repeat: int
    run: str
    call: str
    judged: int | None
    passed: bool
    reason: str
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Docket:
    """A judge, its runs, the newest first, and what it and people said of the same answers. `rates`: by
    variant of its newest run, how many answers it passed of how many, to how many cases. `changed`: verdicts
    of people who first said otherwise; `elsewhere`: people's verdicts on answers that it did not judge."""

    judge: Judge
    runs: tuple[str, ...]
    answers: tuple[Answer, ...]
    rates: Mapping[str, tuple[int, int, int]]
    changed: int
    elsewhere: int


def dockets(connection: Connection, principal: Principal, dataset: str | None = None) -> tuple[Docket, ...]:
    """Of every judge of a dataset, or of all, that ever judged a run which the person may see: the one that
    judged last first. Raises BadInput where the dataset has none."""
    known = sorted(store.newest_runs(connection, principal))
    if dataset is not None and dataset not in known:
        raise BadInput(f"There is no run of a dataset '{dataset}'. {nearest(dataset, known)}")
    found = [each for name in known if dataset in (None, name) for each in _of(connection, principal, name)]
    if dataset is not None and not found:
        raise BadInput(f"No run of '{dataset}' has a judge: a grader `judge` makes one (docs/judges.md).")
    return tuple(sorted(found, key=lambda each: each.runs[0], reverse=True))


def _of(connection: Connection, principal: Principal, dataset: str) -> Iterable[Docket]:
    by_judge: dict[Judge, list[str]] = defaultdict(list)
    for run in store.runs(connection, principal, LONGEST, dataset=dataset):
        for judge in judges(run):
            by_judge[judge].append(run["id"])
    said = store.reviews(connection, principal, dataset) if by_judge else []
    return [_docket(connection, principal, judge, runs, said) for judge, runs in by_judge.items()]


def _docket(
    connection: Connection,
    principal: Principal,
    judge: Judge,
    runs: Sequence[str],
    said: Iterable[Mapping[str, Any]],
) -> Docket:
    """`runs`: those of the judge, the newest first. Of an answer that it judged several times the last time
    counts."""
    said = [each for each in said if each["grader"] == judge.grader]
    people: dict[tuple[Any, ...], dict[str, str]] = defaultdict(dict)
    for each in said:
        people[_key(each)][each["user"]] = each["verdict"]
    found: dict[tuple[Any, ...], Answer] = {}
    words = {each["answered"] for each in said}
    for run in runs if words else ():
        for result in store.results_like(connection, principal, run, words):
            key = _key(result)
            answer = _answer(judge, result, people[key]) if key in people and key not in found else None
            if answer:
                found[key] = answer
    verdicts = Counter(key in found for key in map(_key, said))
    return Docket(
        judge,
        tuple(runs),
        tuple(found.values()),
        store.graded(connection, principal, runs[0], judge.grader),
        sum(bool(each["said"]) for each in said if _key(each) in found),
        verdicts[False],
    )


def _answer(judge: Judge, result: Mapping[str, Any], people: Mapping[str, str]) -> Answer | None:
    grade = next((each for each in result["grades"] if each["name"] == judge.grader), None)
    if grade is None or grade["passed"] is None:
        return None
    return Answer(
        result["case_id"],
        result["variant"],
        result["repeat"],
        result["run_id"],
        result["call_id"],
        judge.level(grade),
        grade["passed"],
        grade["reason"],
        people,
    )


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes two answers one: case, question, words."""
    return row["case_id"], row["asked"], row["answered"]
