"""Runs a check: so many calls at once, each graded and kept as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter

from lab import store
from lab.answer import Answer
from lab.engine import Lab
from lab.errors import CallError
from lab.evals.hopeless import Failures
from lab.evals.plan import Plan, Trial
from lab.graders import Grade, Sample, grade
from lab.store import plain_text
from lab.types import Caller

TEAMS_OWN = "python"
"""The grader that may take any time."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a trial. `passed` None: there is no answer, or a grader failed; `error` says which."""

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


async def run(lab: Lab, call: Caller, plan: Plan, concurrency: int, took: Callable[[Result], None]) -> None:
    """Make every call of the plan, `concurrency` at a time; `took` is told each result as it comes.

    Raises StoreError where nothing can be written, and LabError for what every further call would meet too.
    """
    trials, grading, failures = plan.trials(), asyncio.Lock(), Failures()
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
    grading: asyncio.Lock,
    failures: Failures,
    took: Callable[[Result], None],
) -> None:
    for trial in trials:
        result = await _answered(lab, call, plan, trial, grading, failures)
        key = {"case_id": result.case, "variant": result.variant, "repeat": result.repeat}
        grades = [{"name": each.name, "passed": each.passed, "reason": each.reason} for each in result.grades]
        kept = {"state": result.state, "passed": result.passed, "grades": grades}
        lab.store.post(store.result_kept(plan.run, key, result.call, kept))
        took(result)


async def _answered(
    lab: Lab, call: Caller, plan: Plan, trial: Trial, grading: asyncio.Lock, failures: Failures
) -> Result:
    request = plan.request(lab, trial)
    answer, began = Answer(), perf_counter()
    try:
        async with aclosing(call(request)) as events:
            async for event in events:
                answer.add(event)
        failures.answered(trial)
    except CallError as error:
        failures.judge(trial, error)
        answer.fail(error)
    if any(check.grader.kind == TEAMS_OWN for check in trial.case.graders):
        async with grading:  # one at a time, as its author expects, and not on the loop that others wait for
            grades = await asyncio.to_thread(_grades, trial, answer)
    else:
        grades = _grades(trial, answer)
    return Result(
        case=trial.case.id,
        variant=trial.variant.name,
        repeat=trial.repeat,
        call=request.id,
        state=answer.state,
        source=answer.started.source if answer.started else lab.endpoint(request.model).source,
        grades=grades,
        passed=None if answer.error else _passed(grades),
        error=str(answer.error) if answer.error else _ungraded(grades),
        seconds=perf_counter() - began,
    )


def _grades(trial: Trial, answer: Answer) -> tuple[Grade, ...]:
    """The grades of a complete answer; an answer that was cut is not the prompt's fault, and gets none."""
    if answer.reply is None:
        return ()
    sample = Sample(
        text=plain_text(answer.content),
        stop_reason=answer.reply.stop_reason,
        columns=trial.case.columns,
        content=answer.content,
    )
    return tuple(grade(check.grader, sample, check.expected) for check in trial.case.graders)


def _passed(grades: tuple[Grade, ...]) -> bool | None:
    """One failed grade fails the answer; without one, an ungraded grade leaves it open, as none at all do."""
    verdicts = [each.passed for each in grades]
    if False in verdicts:
        return False
    return None if None in verdicts or not verdicts else True


def _ungraded(grades: tuple[Grade, ...]) -> str | None:
    failed = next((each for each in grades if each.passed is None), None)
    return f"{failed.name} could not grade: {failed.reason}" if failed else None
