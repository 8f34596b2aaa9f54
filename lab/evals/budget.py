"""The most that an order may cost: a budget that all its runs share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lab.cost import DOLLAR
from lab.engine import Lab, today
from lab.errors import BadInput
from lab.evals.plan import Plan


def budgeted(lab: Lab, plans: Sequence[Plan], dollars: float | None) -> list[Plan]:
    """The plans, which together cost no more than that (None: as the settings say; 0: no limit).

    Raises BadInput where a model has no price: nothing could hold it to a budget.
    """
    dollars = lab.settings.max_cost if dollars is None else dollars
    if not dollars:
        return list(plans)
    for model in sorted({each for plan in plans for each in plan.models(lab)}):
        if lab.model(model).price(today()) is None:
            raise BadInput(
                f"{model} has no price here, so nothing can hold it to a budget of ${dollars:g}. "
                f'Give it prices under [models."{model}"] in lab.toml, or set no budget (max_cost 0).'
            )
    budget = (plans[0].run, round(dollars * DOLLAR))
    return [replace(plan, budget=budget) for plan in plans]
