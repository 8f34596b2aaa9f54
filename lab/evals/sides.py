"""What the gate holds against each other: the answers of a run, variant by variant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from lab import store
from lab.evals.comparison import said
from lab.evals.gate import PASSED, Arm, Asked, Rule
from lab.evals.outcomes import outcome, wanted
from lab.evals.tags import MUST_PASS
from lab.store import Connection
from lab.types import Principal, digest

AT_ONCE = 200
"""Cases whose answers are in memory together."""
SHORT = 16
"""Hex digits of an answer's hash: two that differ share them once in 10^19."""


def sides(
    connection: Connection,
    principal: Principal,
    run: Mapping[str, Any],
    rule: Rule,
    answers: bool = True,
    most: int | None = None,
) -> dict[str, Arm]:
    """Each variant of a run, as `store.run_head` gives it. Reads every answer, some cases at a time; without
    `answers`, only what was said of them; at `most` of so many cases. Of a run that went on until it was
    decided, only the cases that it came to."""
    settings, tags = run["settings"], store.cases_of(connection, principal, run["id"])
    found: dict[str, dict[str, Asked]] = {variant: {} for variant in settings["variants"]}
    ids = [*tags][:most]
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        for case, row in _rows(connection, principal, run["id"], some, answers).items():
            for variant, cases in found.items() if row or "until" not in settings else ():
                cases[case] = asked(row[variant], settings, tags[case], rule)
    families = _families(connection, principal, run["id"], ids, rule.cluster)
    hash = settings.get("dataset_hash") or ""
    return {variant: Arm(variant, cases, hash, families) for variant, cases in found.items()}


def _rows(
    connection: Connection, principal: Principal, run: str, cases: Sequence[str], answers: bool
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The results of these cases by variant, each answer by its hash alone."""
    rows: dict[str, dict[str, list]] = {case: defaultdict(list) for case in cases}
    for result in store.results(connection, principal, run, answers=answers, cases=cases):
        answer = digest(said(result["answer"])).hex()[:SHORT] if result.get("answer") else ""
        rows[result["case_id"]][result["variant"]].append({**result, "answer": answer})
    return rows


def asked(
    results: Iterable[Mapping[str, Any]], settings: Mapping[str, Any], tags: Collection[str], rule: Rule
) -> Asked:
    """What came of one case: results as `store.results` gives them, each `answer` by its hash. Repeats that
    did not come have no verdict."""
    found = sorted(results, key=lambda result: result["repeat"])
    absent = (None,) * (settings["repeats"] - len(found))
    scores = {
        name: (*(score(result, name) for result in found), *absent)
        for name in rule.measures
        if name == PASSED or not found or any(name in _named(result) for result in found)
    }
    broken = breaks(found, settings["needs"], settings["repeats"], tags, rule)
    return Asked(scores, tuple(result["answer"] for result in found if result["answer"]), broken)


def breaks(
    results: Sequence[Mapping[str, Any]], needs: int, repeats: int, tags: Collection[str], rule: Rule
) -> tuple[str, ...]:
    """The hard rules that a case's answers break, as far as they have come: `needs` of `repeats` have to pass
    where it must."""
    found = [name for name in rule.hard if any(_broken(result, name) for result in results)]
    passed = [result["passed"] for result in results]
    needs, asked = wanted(needs, repeats, len(passed))
    unsettled = asked - sum(each is not None for each in passed)
    if MUST_PASS in tags and outcome(needs, passed.count(True), unsettled, 0) == "failed":
        found.append(MUST_PASS)
    return tuple(found)


def score(result: Mapping[str, Any], name: str) -> float | None:
    """What a measure says of one answer: its score, or whether it passed."""
    if name == PASSED:
        return None if result["passed"] is None else float(result["passed"])
    grade = _named(result).get(name)
    if grade is None or grade["passed"] is None:
        return None
    return float(grade["passed"]) if grade.get("score") is None else float(grade["score"])


def _broken(result: Mapping[str, Any], name: str) -> bool:
    grade = _named(result).get(name)
    return grade is not None and grade["passed"] is False


def _named(result: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {grade["name"]: grade for grade in result["grades"]}


def _families(
    connection: Connection, principal: Principal, run: str, cases: Iterable[str], column: str | None
) -> dict[str, str]:
    if column is None:
        return {}
    texts = store.case_texts(connection, principal, run, [*cases])
    found = {case: text.get("columns", {}).get(column) for case, text in texts.items()}
    return {case: str(family) for case, family in found.items() if family is not None}
