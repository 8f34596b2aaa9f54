"""One trial's answer, asked of the model."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace

from lab.answer import Answer
from lab.engine import Lab, followed
from lab.errors import CallError
from lab.evals import conversation
from lab.evals.plan import Plan, Trial
from lab.types import Caller, Request, Sent

NOTHING_SAID = "An answer in the middle of this conversation is empty, so that it cannot go on."


async def answered(lab: Lab, call: Caller, plan: Plan, trial: Trial) -> tuple[Request, Answer]:
    """What was asked last, and what came of it; a call that failed is an answer with an `error`.

    Where a case has turns that wait for answers, each is asked for in its place and becomes part of the
    conversation. One that failed or was refused ends it, and is its last. Raises LabError where there was no
    call at all. The request has the id of the call that is in the log.
    """
    request = plan.request(lab, trial)
    sent, answer = await _asked(call, request)
    for said in conversation.further(trial.case):
        if answer.reply is None or answer.state == "refused":
            break
        onward = followed(request, sent, answer.content, said)
        if onward is None:
            answer = Answer()
            answer.fail(CallError(NOTHING_SAID, status=200, type="empty_answer"))
            break
        request = onward
        sent, answer = await _asked(call, request)
    return replace(request, id=sent.id), answer


async def _asked(call: Caller, request: Request) -> tuple[Request, Answer]:
    """The request as it was sent in the end, and what came of it."""
    answer, sent = Answer(), request
    try:
        async with aclosing(call(request)) as events:
            async for event in events:
                answer.add(event)
                if type(event) is Sent:
                    sent = event.request
    except CallError as error:
        answer.fail(error)
    return sent, answer
