"""Who is asked after a refusal, or where a model is overloaded: as the prompt's policy says."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from lab import figures, store
from lab.answer import Answer
from lab.engine.carrying import instead
from lab.engine.lab import Lab
from lab.errors import CallError
from lab.types import Caller, Done, Event, Message, Note, Request, Retract

REPHRASED = "If you cannot do all of this, do the part that you can, and say what you leave out."


def route(call: Caller, lab: Lab) -> Caller:
    """Makes a second call, once, where the first was declined or found its model overloaded."""

    def routed(request: Request) -> AsyncGenerator[Event, None]:
        policy = request.policy
        if policy.on_refusal == "show" and not policy.overload_model:
            return call(request)
        return _routed(call, lab, request)

    return routed


async def _routed(call: Caller, lab: Lab, request: Request) -> AsyncGenerator[Event, None]:
    answer, second, why = Answer(), None, ""
    try:
        async with aclosing(call(request)) as events:
            async for event in events:
                answer.add(event)
                if type(event) is Done and (why := refused(answer)):
                    second = _second(lab, request, why)
                    if second:
                        continue  # it is no answer: the second call's is
                yield event
    except CallError as error:
        if error.type != "overloaded_error" or answer.characters or not request.policy.overload_model:
            raise
        why, second = "is overloaded", instead(lab, request, request.policy.overload_model)
    if second:
        same = second.model == request.model
        how = "it was asked another way" if same else f"{second.model} was asked instead"
        sentence = f"{request.model} {why}; {how}."
        lab.store.post(store.call_rerouted(request.id, sentence, lab.endpoint(second.model).name))
        yield Retract(sentence)
        yield Note("route", sentence)
        async with aclosing(call(second)) as events:
            async for event in events:
                yield event


def refused(answer: Answer) -> str:
    """How a whole answer declined, in words; nothing where it did not."""
    if answer.state == "refused":
        return f"declined to answer{figures.declined({'stop_details': answer.reply.stop_details})}"
    return "may have refused in its own words" if answer.refused_in_words else ""


def _second(lab: Lab, request: Request, why: str) -> Request | None:
    """What is asked after a refusal; None where its answer stays."""
    policy = request.policy
    if policy.on_refusal == "person":
        lab.store.post(store.flag_opened(request.id, f"{request.model} {why}."))
    if policy.on_refusal == "rephrase":
        return replace(request, messages=_rephrased(request.messages))
    return instead(lab, request, policy.refusal_model) if policy.refusal_model else None


def _rephrased(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages with the sentence at their end: in the person's turn, or after a turn of the model's."""
    *before, last = messages
    content = last["content"]
    if last["role"] != "user":
        return (*messages, {"role": "user", "content": REPHRASED})
    if isinstance(content, str):
        return (*before, {**last, "content": f"{content}\n\n{REPHRASED}"})
    return (*before, {**last, "content": [*content, {"type": "text", "text": REPHRASED}]})
