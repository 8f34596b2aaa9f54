"""Tools that a prompt has mocks for: they are answered at once, and the conversation goes on."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from lab.engine.exchange import calls_of, missing, onward, results
from lab.engine.lab import Lab
from lab.errors import CallError
from lab.types import Caller, Done, Event, Note, Reply, Request, Text

ROUNDS = 8
"""How often tools are answered in one call, at most."""


def tools(call: Caller, lab: Lab) -> Caller:
    """Answers by mocks as often as the model asks, up to ROUNDS. Where a tool has no mock the answer waits
    for a person; in a check, where there is none, the call fails with a CallError that says so."""

    def answering(request: Request) -> AsyncGenerator[Event, None]:
        if request.policy.mocks or request.origin.source == "check":
            return _answering(call, request)
        return call(request)

    return answering


async def _answering(call: Caller, request: Request) -> AsyncGenerator[Event, None]:
    before: tuple[Reply, ...] = ()
    for left in range(ROUNDS, -1, -1):
        wanted: Reply | None = None
        said = False
        async with aclosing(call(request)) as events:
            async for event in events:
                if type(event) is Done and event.reply.stop_reason == "tool_use":
                    if _goes_on(request, event.reply, left):
                        wanted = event.reply
                        continue
                    if not left:
                        yield Note("tools", f"Tools are still called after {ROUNDS} rounds: it ends here.")
                if type(event) is Done and before:
                    event = Done(replace(event.reply, before=before))
                said = said or (type(event) is Text and bool(event.text))
                yield event
        if wanted is None:
            return
        before += (wanted,)
        names = ", ".join(block["name"] for block in calls_of(wanted.content))
        yield Note("tools", f"Answered by mocks: {names}")
        if said:
            yield Text("\n\n")
        request = onward(request, wanted.content, results(request.policy, wanted.content))


def _goes_on(request: Request, reply: Reply, left: int) -> bool:
    """Whether the lab itself can answer the tools. Raises CallError in a check that cannot go on."""
    lacking = missing(request.policy, reply.content)
    if request.origin.source == "check" and (lacking or not left):
        sentence = f"The model still asks for tools after {ROUNDS} rounds."
        if lacking:
            named = ", ".join(f"'{block['name']}'" for block in lacking)
            sentence = f"The model called {named}, and the prompt has no mock that answers it. Add one."
        raise CallError(sentence, status=200, type="tool_not_answered")
    return bool(calls_of(reply.content)) and not lacking and left > 0
