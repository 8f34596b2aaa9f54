"""Who is asked: by the team's rules, after a refusal, and where a model is overloaded."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from lab import cost, figures, routing, store
from lab.answer import Answer
from lab.engine.carrying import checked, instead
from lab.engine.lab import Lab, today
from lab.errors import BadInput, CallError
from lab.routing import Rule
from lab.types import Caller, Done, Event, Message, Note, Reply, Request, Retract

REPHRASED = "If you cannot do all of this, do the part that you can, and say what you leave out."


def route(call: Caller, lab: Lab) -> Caller:
    """Sends a turn to the model that the first rule of `lab.toml` that fits it names; makes a second call,
    once, where the first was declined or found its model overloaded."""
    rules = routing.rules(lab.settings.routes, lab.models)

    def routed(request: Request) -> AsyncGenerator[Event, None]:
        policy, turn = request.policy, request.policy.turn
        rule = routing.choose(rules, turn, request.model, request.origin.prompt) if turn else None
        if rule:
            return _ruled(call, lab, request, rule)
        if policy.on_refusal == "show" and not policy.overload_model:
            return call(request)
        return _routed(call, lab, request)

    return routed


async def _ruled(call: Caller, lab: Lab, request: Request, rule: Rule) -> AsyncGenerator[Event, None]:
    """The call, by the model that a rule names; by its own where that one cannot take it."""
    try:
        found = checked(lab, _by_rule(lab, request, rule))
    except BadInput:
        found = request
    if found is not request:
        endpoint = lab.endpoint(found.model).name
        lab.store.post(store.call_ruled(request.id, rule.name, request.model, endpoint))
        yield Note("route", f"By the rule '{rule.name}', {found.model} is asked instead of {request.model}.")
    async with aclosing(_routed(call, lab, found)) as events:
        async for event in events:
            if found is not request and type(event) is Done and event.reply.source != "replay":
                _meant(lab, request, event.reply)
            yield event


def _meant(lab: Lab, request: Request, reply: Reply) -> None:
    """Keep what the answer's tokens would have cost at the model that was meant, where that is known."""
    meant = cost.settled(reply.usage, lab.model(request.model), today()).amount
    if meant is not None:
        lab.store.post(store.call_meant(request.id, meant))


def _by_rule(lab: Lab, request: Request, rule: Rule) -> Request:
    policy = request.policy
    if rule.fallback:
        declined = policy.on_refusal == "show"
        policy = replace(
            policy,
            on_refusal="fallback" if declined else policy.on_refusal,
            refusal_model=rule.fallback if declined else policy.refusal_model,
            overload_model=policy.overload_model or rule.fallback,
        )
    return instead(lab, replace(request, policy=policy), rule.model)


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
