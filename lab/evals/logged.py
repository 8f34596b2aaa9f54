"""Logged calls, given in the place of new ones."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import fields, replace
from typing import Any

from lab import store
from lab.engine import Lab
from lab.errors import BadInput, CallError
from lab.evals.outcomes import COMPLETE
from lab.evals.plan import Plan
from lab.types import Caller, Cost, Done, Event, Reply, Request, Sent, Started, Text, Timing, Usage


def telling(lab: Lab, plan: Plan, call: Caller) -> Caller:
    """`call` for judges; whatever else is asked gets the saved answer, as it was."""
    saved = plan.saved

    async def answering(request: Request) -> AsyncGenerator[Event, None]:
        origin = request.origin
        if origin.source == "judge":
            if not saved.judges:
                raise BadInput("judges were left out.")
            async with aclosing(call(request)) as events:
                async for event in events:
                    yield event
            return
        logged = store.call(
            lab.store.read, plan.principal, saved.calls[origin.case, origin.variant, origin.repeat]
        )
        try:
            for event in told(request, logged):
                yield event
        except CallError as error:  # of then: it says nothing of calls to come
            raise CallError(str(error), state=error.state) from None

    return answering


def told(request: Request, call: Mapping[str, Any]) -> Iterator[Event]:
    """A call as `store.call` gives it, as the stream that it was: as it was sent, with its own id, time and
    cost. Raises CallError where it has no whole answer."""
    messages = tuple((call["request"] or {}).get("messages", request.messages))
    yield Sent(replace(request, id=call["id"], model=call["model"], messages=messages))
    if call["state"] not in COMPLETE:
        words = call["error"] or f"The call is {call['state']}."
        status = call["attempts"][-1]["status"] if call["attempts"] else None
        raise CallError(words, status=status, type=call["error_type"], state=call["state"])
    reply = _reply(call, call["answer"] or (), call["attempts"][-1:])
    times = (_seconds(call[each]) for each in ("headers_ms", "first_token_ms", "total_ms"))
    yield Started(reply.id, call["request_id"], reply.model, reply.usage, {}, call["source"])
    yield from (Text(block["text"]) for block in reply.content if block.get("type") == "text")
    yield Done(replace(reply, timing=Timing(*times), before=_before(call)))


def _before(call: Mapping[str, Any]) -> tuple[Reply, ...]:
    """The rounds in which mocks answered: what the model said in each stands before the last question's
    results. When its first token came is not kept."""
    messages, said = list((call["request"] or {}).get("messages", ())), []
    while len(messages) > 1 and _results(messages[-1]):
        said.append(messages[-2]["content"])
        messages = messages[:-2]
    whole = [attempt for attempt in call["attempts"] if attempt["state"] in COMPLETE]
    rounds = zip(reversed(said), whole[-len(said) - 1 : -1], strict=False)
    return tuple(_reply(call, content, [attempt]) for content, attempt in rounds)


def _results(message: Mapping[str, Any]) -> bool:
    content = message["content"]
    return not isinstance(content, str) and all(each.get("type") == "tool_result" for each in content)


def _reply(
    call: Mapping[str, Any], content: Sequence[Mapping[str, Any]], attempts: Sequence[Mapping[str, Any]]
) -> Reply:
    """What one attempt of a call came to; without any, the call as a whole."""
    row = attempts[0] if attempts else call
    return Reply(
        id=call["message_id"] or "",
        request_id=row["request_id"],
        content=tuple(content),
        model=call["answered_by"] or call["model"],
        stop_reason=call["stop_reason"],
        stop_sequence=call["stop_sequence"],
        stop_details=call["stop_details"],
        usage=Usage(**{each.name: row[each.name] for each in fields(Usage)}),
        timing=Timing(None, None, _seconds(row["total_ms"]) or 0.0),
        source=call["source"],
        cost=Cost(*(row[each] for each in ("cost", "cost_floor", "cost_upper", "cost_basis"))),
        cache_miss=call["cache_miss"],
    )


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
