"""One trial's answer, asked of the model."""

from __future__ import annotations

from contextlib import aclosing

from lab.answer import Answer
from lab.engine import Lab
from lab.errors import CallError
from lab.evals.plan import Plan, Trial
from lab.types import Caller, Request


async def answered(lab: Lab, call: Caller, plan: Plan, trial: Trial) -> tuple[Request, Answer]:
    """What was asked, and what came of it; a call that failed is an answer with an `error`.

    Raises LabError where there was no call at all.
    """
    request, answer = plan.request(lab, trial), Answer()
    try:
        async with aclosing(call(request)) as events:
            async for event in events:
                answer.add(event)
    except CallError as error:
        answer.fail(error)
    return request, answer
