"""From results to a verdict: may this prompt go on?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lab.evals import means, outcomes
from lab.evals.cases import Case
from lab.evals.dataset import Dataset
from lab.evals.gate import Decision
from lab.evals.outcomes import COMPLETE, Outcome, median
from lab.evals.runner import Result
from lab.evals.tags import MUST_PASS

MOST_MISSING = 0.02
"""Share of the cases that may be without a verdict before the whole says nothing."""

State = Literal["passed", "failed", "invalid", "inconclusive", "answered"]

SAID = 4
"""Variants that a verdict says something of."""


@dataclass(frozen=True)
class Score:
    """One variant's figures. `rate` is of the cases that have a verdict; `seconds` is the median time of an
    answer, `metrics` are as `means.means` gives them. What it cost is added where the run is kept (see
    `store.run_head`)."""

    variant: str
    passed: int
    failed: int
    missing: int
    rate: float | None
    must_pass_failed: tuple[str, ...]
    seconds: float | None
    verdict: State
    sentence: str
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """The whole run's: the worst of its variants'. `decisions` are those of the gate, on each that was held
    against a baseline."""

    state: State
    exit_code: int
    sentence: str
    scores: tuple[Score, ...]
    decisions: tuple[Decision, ...] = ()


def judge(dataset: Dataset, variants: Sequence[str], results: Sequence[Result], simulated: bool) -> Verdict:
    """The verdict on a run that has ended. `simulated`: the person asked for the simulated Claude."""
    by_variant = defaultdict(list)
    for result in results:
        by_variant[result.variant].append(result)
    scores = tuple(_score(dataset, name, by_variant[name], simulated) for name in variants)
    for state, code in (("invalid", 3), ("failed", 1), ("answered", 0), ("passed", 0)):
        worst = [score for score in scores if score.verdict == state]
        if worst:
            return Verdict(state, code, _together(worst), scores)
    raise ValueError("a run has at least one variant")


def _together(worst: Sequence[Score]) -> str:
    """What is said of the worst variants; of many in short."""
    said = [score.sentence for score in worst]
    if len(said) > SAID:
        said[SAID:] = [f"So it is with {len(said) - SAID:,} more of the variants."]
    return " ".join(said)


def _outcome(dataset: Dataset, case: Case, results: Sequence[Result]) -> Outcome:
    """A case's: passed when `needs` of its answers passed, missing while that is open."""
    if not case.graders:
        answers = sum(result.error is None for result in results)
        return "answered" if answers >= dataset.needs else "missing"
    needs, asked = outcomes.wanted(dataset.needs, dataset.repeats, len(results))
    passed = sum(result.passed is True for result in results)
    missing = asked - sum(result.passed is not None for result in results)
    return outcomes.outcome(needs, passed, missing, 0)


def _score(dataset: Dataset, variant: str, results: Sequence[Result], simulated: bool) -> Score:
    by_case = defaultdict(list)
    for result in results:
        by_case[result.case].append(result)
    came = {case.id: _outcome(dataset, case, by_case[case.id]) for case in dataset.cases}
    counts = {name: sum(one == name for one in came.values()) for name in ("passed", "failed", "missing")}
    graded = counts["passed"] + counts["failed"]
    rate = counts["passed"] / graded if graded else None
    guarded = [case.id for case in dataset.cases if MUST_PASS in case.tags]
    hard = tuple(id for id in guarded if came[id] == "failed")
    unknown = tuple(id for id in guarded if came[id] == "missing")
    times = sorted(
        result.seconds for result in results if result.state in COMPLETE and result.seconds is not None
    )
    mixed = not simulated and any(result.source == "simulated" for result in results)
    verdict, sentence = _verdict(dataset, variant, counts, rate, hard, unknown, mixed)
    return Score(
        variant=variant,
        **counts,
        rate=rate,
        must_pass_failed=hard,
        seconds=median(times),
        verdict=verdict,
        sentence=sentence,
        metrics=means.means(vars(grade) for result in results for grade in result.grades),
    )


def _verdict(
    dataset: Dataset,
    variant: str,
    counts: dict[str, int],
    rate: float | None,
    hard: tuple[str, ...],
    unknown: tuple[str, ...],
    mixed: bool,
) -> tuple[str, str]:
    if mixed:
        return "invalid", f"{variant} cannot be judged: its answers are simulated. Add --sim to allow that."
    cases, missing = len(dataset.cases), counts["missing"]
    graded = any(case.graders for case in dataset.cases)
    if missing > MOST_MISSING * cases or (graded and rate is None):
        lack = "verdict" if graded else "answer"
        return "invalid", f"{variant} cannot be judged: {missing} of {cases} cases have no {lack}."
    if rate is None:
        return "answered", f"{variant} answered; the dataset has no graders."
    if hard:
        return "failed", f"{variant} fails {len(hard)} of the cases that must pass: {', '.join(hard[:5])}."
    if unknown:
        named = ", ".join(unknown[:5])
        return "invalid", f"{variant} cannot be judged: no verdict on cases that must pass: {named}."
    needed = 1.0 if dataset.min_pass_rate is None else dataset.min_pass_rate
    shown = f"{counts['passed']} of {counts['passed'] + counts['failed']} cases ({rate:.1%})"
    if rate < needed:
        return "failed", f"{variant} passes {shown}; {needed:.1%} are needed."
    return "passed", f"{variant} passes {shown}."
