"""A run's row, new or taken up again, and what it says of what is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lab import store
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals import changes
from lab.evals.against import NONE
from lab.evals.cases import Case
from lab.evals.dataset import question
from lab.evals.judges.bench import described
from lab.evals.plan import Plan
from lab.evals.runner import Result
from lab.graders import Grade


async def opened(lab: Lab, plan: Plan, settings: Mapping[str, Any]) -> None:
    """Write the run's row, or take up that of an interrupted one. Raises BadInput."""
    if plan.earlier is None:
        process, dataset = lab.store.process, plan.dataset
        lab.store.post(store.run_opened(plan.run, process, plan.principal, dataset.name, settings))
        lab.store.post(store.cases_kept(plan.run, map(_case, dataset.cases)))
        return
    earlier = plan.earlier
    take = store.run_resumed(plan.run, earlier.run, lab.store.process, earlier.again)
    if not await lab.store.commit(take):
        raise BadInput(f"Somebody else goes on with run {plan.run} already.")


def result(kept: Mapping[str, Any]) -> Result:
    """A result as it was, from its row."""
    return Result(
        case=kept["case_id"],
        variant=kept["variant"],
        repeat=kept["repeat"],
        call=kept["call_id"],
        state=kept["state"],
        source=kept["source"],
        grades=tuple(Grade(**grade) for grade in kept["grades"]),
        passed=kept["passed"],
        error=kept["error"],
        seconds=None if kept["total_ms"] is None else kept["total_ms"] / 1000,
        score=kept["score"],
    )


def settings(lab: Lab, plan: Plan, concurrency: int, simulated: bool) -> dict[str, Any]:
    """What the run's row says of what is run. `file` is seen from the team's folder."""
    dataset, folder = plan.dataset, lab.folder.resolve()
    file, judges = dataset.file.resolve(), described(lab, plan.dataset.cases)
    return {
        "description": dataset.description,
        "file": str(file.relative_to(folder) if file.is_relative_to(folder) else file),
        **changes.content(dataset, plan.variants),
        "variants": [variant.name for variant in plan.variants],
        "cases": len(dataset.cases),
        **({"selection": dataset.selection} if dataset.selection else {}),
        **({"judges": judges} if judges else {}),
        "concurrency": concurrency,
        "simulated": simulated,
        **({"regraded": plan.saved.run} if plan.saved else {}),
        "replayed": any(lab.endpoint(each.model).source == "replay" for each in plan.variants),
        "reuse": plan.reuse,
        **({"batch": True} if lab.batched else {}),
        **({"held_against": held} if (held := NONE if plan.against is None else plan.against.named) else {}),
        **({} if plan.until is None else {"until": {"seed": plan.until, "rule": asdict(dataset.gate)}}),
        "record": bool((tape := lab.tapes.get(plan.run)) and tape.recording),
    }


def _case(case: Case) -> dict[str, Any]:
    """What is kept of a case with the run, to be seen when its dataset says something else."""
    return {
        "id": case.id,
        "tags": case.tags,
        "input": case.input,
        "context": case.context,
        "columns": case.columns,
        "asked": question(case),
        "turn": 1 + sum(turn.role == "user" for turn in case.turns),
    }
