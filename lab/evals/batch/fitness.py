"""What cannot go through a batch."""

from __future__ import annotations

from lab.endpoints import CLOUDS
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals.plan import Plan
from lab.types import Request

MEASURING = "latency"
"""The grader that needs to know how long an answer took."""


def fit(lab: Lab, plan: Plan) -> None:
    """Raise BadInput for a plan with something that a batch cannot do, naming it."""
    for model in sorted(plan.models(lab)):
        kind = lab.endpoint(model).kind
        if kind in CLOUDS:
            raise BadInput(
                f"{model} is asked at {CLOUDS[kind]}, where there are no batches here. Make it without one."
            )
    for trial in plan.once():
        if why := _obstacle(plan.request(lab, trial)):
            raise BadInput(f"{trial.variant.name}: {why} Make it without a batch.")
        if any(check.grader.kind == MEASURING for check in trial.case.graders):
            raise BadInput(
                f"{plan.dataset.file}: nobody says how long one answer of a batch took, so that {MEASURING} "
                "cannot grade it. Leave that grader out, or make the check without a batch."
            )


def _obstacle(request: Request) -> str:
    if any("input_schema" in tool for tool in request.options.get("tools", ())):
        return "tools that the lab answers need the conversation to go on at once, which a batch does not."
    if request.policy.asks_twice:
        return f"on_refusal: {request.policy.on_refusal} asks a second time, which a batch cannot."
    if "speed" in request.options:
        return "a batch takes no `speed`."
    return ""
