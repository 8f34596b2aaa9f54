"""Whether a check can go on until it is decided."""

from __future__ import annotations

from collections.abc import Sequence

from lab import store
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals.against import Against
from lab.evals.plan import Plan
from lab.evals.variant import parts


def fit(lab: Lab, plans: Sequence[Plan], max_cost: float | None) -> None:
    """Raises BadInput, with what to do, where these cannot: it is one variant of one dataset, asked anew,
    that is held against something, at a cost that was named."""
    if len(plans) != 1:
        raise BadInput(f"Until decided, one dataset is checked at a time, not {len(plans):,}: name it.")
    [plan] = plans
    name = plan.dataset.name
    if not max_cost:
        raise BadInput("Until decided, but at what cost at most? Say it, such as --max-cost 5.")
    if plan.against is None:
        raise BadInput(
            f"{name} has nothing to be held against, so nothing would be decided. Name a run, or a prompt "
            f"that is asked along (--baseline), or keep a baseline: lab check {name} --save-baseline"
        )
    if not any(case.graders for case in plan.dataset.cases):
        raise BadInput(f"{name} has no graders, so nothing would be decided.")
    if any(lab.endpoint(each.model).source == "replay" for each in plan.variants):
        raise BadInput("Recordings cost nothing, so that nothing is spared: leave --until-decided out.")
    if plan.against.run and _cases(lab, plan) != plan.dataset.hash:
        raise BadInput(f"Run {plan.against.run} is of other cases or graders than {name} has now.")
    names = [each.name for each in plan.variants]
    new, old = sides(names, plan.against)
    if len(new) != 1 or len(old) != (plan.against.prompt is not None):
        raise BadInput(
            f"Until decided, one variant is held against another, not {len(new):,} against {len(old):,}: "
            "choose them with -p, -m and --baseline."
        )


def sides(variants: Sequence[str], held: Against) -> tuple[list[str], list[str]]:
    """The variants of a run that are held against something, and those that they are held against, where
    these are asked along."""
    old = [name for name in variants if held.prompt and parts(name).prompt == held.prompt]
    return [name for name in variants if name not in old], old


def _cases(lab: Lab, plan: Plan) -> str | None:
    """The hash of the cases and graders of the run that it is held against."""
    run = store.run_head(lab.store.read, plan.principal, plan.against.run)
    return run["settings"].get("dataset_hash")
