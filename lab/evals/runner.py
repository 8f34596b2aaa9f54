"""Runs a check: so many calls at once, each graded and kept as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Protocol

from lab import store
from lab.engine import Lab, warmed
from lab.errors import BudgetSpent, CallError, Enclosed, Paused
from lab.evals import recordings
from lab.evals.asking import answered
from lab.evals.grading import Grading
from lab.evals.hopeless import Failures
from lab.evals.judging import Judging
from lab.evals.plan import Plan, Trial
from lab.evals.pressure import Pressure
from lab.evals.scoring import passed, score, ungraded
from lab.graders import Grade
from lab.types import Caller


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a trial. `passed` None: there is no answer, or a grader failed; `error` says which.
    `score` is the mean of its grades, from 0 to 1, where all could be given; `seconds` are those until the
    answer was there, None in a batch."""

    case: str
    variant: str
    repeat: int
    call: str
    state: str
    source: str
    grades: tuple[Grade, ...]
    passed: bool | None
    error: str | None
    seconds: float | None
    score: float | None = None


class Trials(Protocol):
    """Which trial comes next."""

    async def next(self) -> Trial | None:
        """None: there is none any more."""

    def left(self) -> bool:
        """Whether there is one that was not given."""


class _All:
    """Those of a plan, one after the other."""

    def __init__(self, plan: Plan) -> None:
        self._trials = plan.trials()

    async def next(self) -> Trial | None:
        return next(self._trials, None)

    def left(self) -> bool:
        return next(self._trials, None) is not None


async def run(
    lab: Lab,
    call: Caller,
    plan: Plan,
    pressure: Pressure,
    took: Callable[[Result], None],
    trials: Trials | None = None,
) -> None:
    """Make every call of the plan, or of those of its `trials` that come, as many at once as `pressure`
    allows; `took` is told each result.

    Raises StoreError where nothing can be written, and LabError for what every further call would meet too.
    Where the budget is spent (BudgetSpent), calls are paused (Paused) or `pressure` was eased
    (CancelledError) before all were made, it raises that once those under way have ended. A trial whose call
    was put into a batch (Enclosed) is left for the time when that is collected.
    """
    call = call if lab.batched else warmed(pressure.felt(call), lab)
    work = _Work(lab, call, plan, pressure, took, trials or _All(plan))
    workers = [asyncio.create_task(work.on()) for _ in range(pressure.most)]
    try:
        await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        for worker in workers:
            if worker.done() and not worker.cancelled() and (error := worker.exception()):
                raise error
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    if work.left():
        raise work.cut or asyncio.CancelledError
    recordings.complete(lab.tapes.get(plan.run))


class _Work:
    """What the workers of one run share."""

    def __init__(
        self,
        lab: Lab,
        call: Caller,
        plan: Plan,
        pressure: Pressure,
        took: Callable[[Result], None],
        trials: Trials,
    ) -> None:
        self._lab, self._call, self._plan, self._pressure, self._took = lab, call, plan, pressure, took
        self._trials, self._failures = trials, Failures()
        self._grading = Grading(Judging(lab, call, plan, self._failures))
        self._dropped = False
        self.cut: BudgetSpent | Paused | None = None

    async def on(self) -> None:
        """Make one call after the other, until all are made or nothing new is to begin."""
        while await self._pressure.enter():
            try:
                if (trial := await self._trials.next()) is None:
                    return
                self._keep(
                    await _result(self._lab, self._call, self._plan, trial, self._grading, self._failures)
                )
            except Enclosed:
                continue
            except (BudgetSpent, Paused) as error:
                self.cut, self._dropped = error, True
                self._pressure.ease()
            except asyncio.CancelledError:
                self._dropped = True
                raise
            finally:
                self._pressure.leave()

    def left(self) -> bool:
        """Whether there is a trial without a result."""
        return self._dropped or self._trials.left()

    def _keep(self, result: Result) -> None:
        key = {"case_id": result.case, "variant": result.variant, "repeat": result.repeat}
        grades = [asdict(each) for each in result.grades]
        kept = {"state": result.state, "passed": result.passed, "score": result.score, "grades": grades}
        self._lab.store.post(store.result_kept(self._plan.run, key, result.call, kept))
        self._took(result)


async def _result(
    lab: Lab, call: Caller, plan: Plan, trial: Trial, grading: Grading, failures: Failures
) -> Result:
    began = perf_counter()
    request, answer = await answered(lab, call, plan, trial)
    if isinstance(answer.error, CallError):
        failures.judge(trial.variant.name, trial.case.id, answer.error)
    else:
        failures.answered(trial.variant.name)
    seconds = answer.reply.timing.total if answer.reply else perf_counter() - began
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
        seconds=seconds,
        score=score(grades) if grades and not answer.error else None,
    )
