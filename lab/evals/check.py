"""A check from its first row to its verdict."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import asdict, replace
from typing import Any

from lab import store
from lab.engine import Lab
from lab.errors import BudgetSpent
from lab.evals.cases import Case
from lab.evals.dataset import question
from lab.evals.gates import Verdict, judge
from lab.evals.plan import Plan
from lab.evals.pressure import Pressure
from lab.evals.runner import Result, run
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
) -> Verdict:
    """Run the plan and judge it. Everything is kept as it comes; a run that is cut is `interrupted`, or
    `stopped` where its budget is spent.

    `simulated`: the person asked for the simulated Claude. `took` is told each result. The run's row is
    there at once; its calls begin inside `turn`. Raises as `run` does.
    """
    pressure = pressure or Pressure()
    pressure.begin(concurrency)
    dataset = plan.dataset
    settings = _settings(lab, plan, concurrency, simulated)
    _open(lab, plan, settings)
    results: list[Result] = []

    def take(result: Result) -> None:
        results.append(result)
        took(result)

    try:
        async with turn:
            if plan.budget:
                await lab.store.commit(store.run_capped(plan.run, *plan.budget))
            await run(lab, call, plan, pressure, take)
    except BaseException as error:
        lab.store.post(_cut(plan.run, error, len(results)))
        raise
    verdict = judge(dataset, settings["variants"], results, simulated)
    about = [verdict.sentence, *_about(plan), pressure.words]
    verdict = replace(verdict, sentence=" ".join(filter(None, about)))
    lab.store.post(store.run_ended(plan.run, verdict.state, asdict(verdict)))
    return verdict


def _open(lab: Lab, plan: Plan, settings: dict[str, Any]) -> None:
    opened = store.run_opened(plan.run, lab.store.process, plan.principal, plan.dataset.name, settings)
    lab.store.post(opened)
    lab.store.post(store.cases_kept(plan.run, map(_case, plan.dataset.cases)))


def _about(plan: Plan) -> list[str]:
    """What has to be known of a verdict: that it is not on all cases, and not on answers of its own."""
    selection = plan.dataset.selection
    said = [f"Asked were {selection['words']}."] if selection else []
    return said + ([f"The answers are those of run {plan.saved.run}, graded again."] if plan.saved else [])


def _cut(run: str, error: BaseException, done: int) -> Write:
    why = str(error) if isinstance(error, Exception) else "interrupted"
    state = "stopped" if isinstance(error, BudgetSpent) else "interrupted"
    return store.run_ended(run, state, {"sentence": why, "done": done})


def _case(case: Case) -> dict[str, Any]:
    """What is kept of a case with the run, to be seen when its dataset says something else."""
    return {
        "id": case.id,
        "tags": case.tags,
        "input": case.input,
        "context": case.context,
        "columns": case.columns,
        "asked": question(case),
    }


def _settings(lab: Lab, plan: Plan, concurrency: int, simulated: bool) -> dict[str, Any]:
    """What the run's row says of what is run. `file` is seen from the team's folder."""
    dataset, folder = plan.dataset, lab.folder.resolve()
    file = dataset.file.resolve()
    return {
        "description": dataset.description,
        "file": str(file.relative_to(folder) if file.is_relative_to(folder) else file),
        "dataset_hash": dataset.hash,
        "variants": [variant.name for variant in plan.variants],
        "prompts": {
            each.name: [each.prompt.hash, each.fewshot and each.fewshot.hash] for each in plan.variants
        },
        "cases": len(dataset.cases),
        **({"selection": dataset.selection} if dataset.selection else {}),
        "repeats": dataset.repeats,
        "needs": dataset.needs,
        "min_pass_rate": dataset.min_pass_rate,
        "concurrency": concurrency,
        "simulated": simulated,
        **({"regraded": plan.saved.run} if plan.saved else {}),
        "replayed": any(lab.endpoint(each.model).source == "replay" for each in plan.variants),
    }
