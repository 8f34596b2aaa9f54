"""A check from its first row to its verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import asdict, replace
from typing import Any

from lab import store
from lab.engine import Lab
from lab.errors import BudgetSpent
from lab.evals.batch import Left, Way, rounds
from lab.evals.deciding import Going, begun, end
from lab.evals.gate import Decision
from lab.evals.gates import Verdict, judge
from lab.evals.gating import decisions, together
from lab.evals.opening import opened, result, settings
from lab.evals.plan import Plan
from lab.evals.pressure import Pressure
from lab.evals.remembered import Memory
from lab.evals.runner import Result, run
from lab.graders import Grade
from lab.store import Write
from lab.types import Caller

AT_ONCE = nullcontext()


async def check(
    lab: Lab,
    call: Caller,
    plan: Plan,
    concurrency: int,
    simulated: bool,
    took: Callable[[Result], None],
    turn: AbstractAsyncContextManager[Any] = AT_ONCE,
    pressure: Pressure | None = None,
    way: Way | None = None,
) -> Verdict:
    """Run the plan and judge it. Everything is kept as it comes; a run that is cut is `interrupted`, or
    `stopped` where its budget is spent.

    `simulated`: the person asked for the simulated Claude. `took` is told each new result. The run's row is
    there at once; its calls begin inside `turn`, or go through batches as `way` says. Raises as `run` and
    `rounds` do, and BadInput where somebody else goes on with an interrupted run."""
    pressure = pressure or Pressure()
    pressure.begin(concurrency)
    await opened(lab, plan, settings(lab, plan, concurrency, simulated))
    memory = Memory(lab, plan)
    alike: dict[tuple[Grade, ...], tuple[Grade, ...]] = {}  # thousands of answers have the same ones
    results = [result(each) for each in plan.earlier.results] if plan.earlier else []

    def take(new: Result) -> None:
        results.append(replace(new, grades=alike.setdefault(new.grades, new.grades)))
        took(new)

    try:
        async with turn:
            going = await _asked(lab, call, plan, pressure, memory, way, results, take)
    except BaseException as error:
        lab.store.post(_cut(plan.run, error, len(results)))
        raise
    verdict, about = await _judged(lab, plan, results, simulated, going)
    about["reused"] = sum(each.call in memory.reused for each in results)
    verdict = _told(verdict, plan, len(results), about["reused"], pressure)
    lab.store.post(store.run_ended(plan.run, verdict.state, asdict(verdict) | about))
    return verdict


async def _asked(
    lab: Lab,
    call: Caller,
    plan: Plan,
    pressure: Pressure,
    memory: Memory,
    way: Way | None,
    had: Sequence[Result],
    take: Callable[[Result], None],
) -> Going | None:
    """Ask all that is to be asked, within the budget. A check that goes on until it is decided comes to its
    end at its cap too; gives how that went."""
    if plan.budget:
        await lab.store.commit(store.run_capped(plan.run, *plan.budget))
    if way:
        await rounds(lab, way, plan, memory, take)
        return None
    going = await asyncio.to_thread(begun, lab, plan, pressure.most, had)

    def took(new: Result) -> None:
        take(new)
        if going:
            going.take(new)

    try:
        await run(lab, memory.before(call), plan, pressure, took, going)
    except BudgetSpent:
        if going is None:
            raise
        going.capped = True
    return going


async def _judged(
    lab: Lab, plan: Plan, results: Sequence[Result], simulated: bool, going: Going | None
) -> tuple[Verdict, dict[str, Any]]:
    """The verdict, the gate's where there is something to hold the run against, and what else the summary
    says of it."""
    if plan.against:
        await lab.store.commit(lambda connection: None)  # all results are there to be read
    if going:
        return await asyncio.to_thread(end, lab, plan, going, results, simulated)
    verdict = judge(plan.dataset, [variant.name for variant in plan.variants], results, simulated)
    if plan.against:
        found = await asyncio.to_thread(_held, lab, plan)
        verdict = together(verdict, found, plan.dataset.min_pass_rate is not None)
    return verdict, {}


def _held(lab: Lab, plan: Plan) -> tuple[Decision, ...]:
    return decisions(lab.store.read, plan.principal, plan.run, plan.dataset.gate, plan.against)


def _told(verdict: Verdict, plan: Plan, many: int, reused: int, pressure: Pressure) -> Verdict:
    """With what has to be known of it: that it is not on all cases, not on new answers alone, and under which
    pressure it came."""
    chosen = plan.dataset.selection
    about = [*(plan.against.about if plan.against else ())]
    about += [f"Asked were {chosen['words']}."] if chosen else []
    about += [f"{reused:,} of {many:,} answers are reused."] if reused else []
    about += [f"The answers are those of run {plan.saved.run}, graded again."] if plan.saved else []
    return replace(verdict, sentence=" ".join(filter(None, [verdict.sentence, *about, pressure.words])))


def _cut(run: str, error: BaseException, done: int) -> Write:
    fault = isinstance(error, Exception) and not isinstance(error, Left)
    why = str(error) if fault else "interrupted"
    state = "stopped" if isinstance(error, BudgetSpent) else "interrupted"
    return store.run_ended(run, state, {"sentence": why, "done": done})
