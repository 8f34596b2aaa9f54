"""Runs a check: so many calls at once, each graded and kept as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from time import perf_counter

from lab import store
from lab.engine import Lab
from lab.errors import CallError
from lab.evals.asking import answered
from lab.evals.grading import Grading
from lab.evals.hopeless import Failures
from lab.evals.plan import Plan, Trial
from lab.evals.scoring import passed, score, ungraded
from lab.graders import Grade
from lab.types import Caller


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a trial. `passed` None: there is no answer, or a grader failed; `error` says which.
    `score` is the mean of its grades, from 0 to 1, where all could be given."""

    case: str
    variant: str
    repeat: int
    call: str
    state: str
    source: str
    grades: tuple[Grade, ...]
    passed: bool | None
    error: str | None
    seconds: float
    score: float | None = None


async def run(lab: Lab, call: Caller, plan: Plan, concurrency: int, took: Callable[[Result], None]) -> None:
    """Make every call of the plan, `concurrency` at a time; `took` is told each result as it comes.

    Raises StoreError where nothing can be written, and LabError for what every further call would meet too.
    """
    trials, grading, failures = plan.trials(), Grading(), Failures()
    work = (_work(lab, call, plan, trials, grading, failures, took) for _ in range(concurrency))
    workers = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def _work(
    lab: Lab,
    call: Caller,
    plan: Plan,
    trials: Iterator[Trial],
    grading: Grading,
    failures: Failures,
    took: Callable[[Result], None],
) -> None:
    for trial in trials:
        result = await _result(lab, call, plan, trial, grading, failures)
        key = {"case_id": result.case, "variant": result.variant, "repeat": result.repeat}
        grades = [asdict(each) for each in result.grades]
        kept = {"state": result.state, "passed": result.passed, "score": result.score, "grades": grades}
        lab.store.post(store.result_kept(plan.run, key, result.call, kept))
        took(result)


async def _result(
    lab: Lab, call: Caller, plan: Plan, trial: Trial, grading: Grading, failures: Failures
) -> Result:
    began = perf_counter()
    request, answer = await answered(lab, call, plan, trial)
    if isinstance(answer.error, CallError):
        failures.judge(trial, answer.error)
    else:
        failures.answered(trial)
    grades = await grading.grades(trial, request, answer)
    return Result(
        case=trial.case.id,
        variant=trial.variant.name,
        repeat=trial.repeat,
        call=request.id,
        state=answer.state,
        source=answer.started.source if answer.started else lab.endpoint(request.model).source,
        grades=grades,
        passed=None if answer.error else passed(grades, trial.case.threshold),
        error=str(answer.error) if answer.error else ungraded(grades),
        seconds=perf_counter() - began,
        score=score(grades) if grades and not answer.error else None,
    )
