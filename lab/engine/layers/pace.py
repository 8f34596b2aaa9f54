"""Waits for our turn by the API's rate-limit headers, which answers and refusals carry."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from lab.engine.lab import Lab
from lab.errors import CallError
from lab.types import Caller, Event, Note, Request, Started

WORTH_SAYING = 0.1  # seconds


def pace(call: Caller, lab: Lab) -> Caller:
    """Holds a call back while a limit of its endpoint and model is used up, or the API has asked to wait. All
    calls of the lab, in chat and in checks, take their turns in the same queue; cancelling leaves it."""

    async def paced(request: Request) -> AsyncGenerator[Event, None]:
        fast = request.options.get("speed") == "fast"
        prefix = "anthropic-fast-" if fast else "anthropic-ratelimit-"
        queue = lab.pacing.queue(lab.endpoint(request.model), request.model, fast)
        if (wait := queue.wait()) >= WORTH_SAYING:
            yield Note("pace", f"waiting about {wait:.0f} s for the rate limit of {request.model}")
        number = await queue.turn()
        try:
            async with aclosing(call(request)) as events:
                async for event in events:
                    if type(event) is Started:
                        queue.answered(number, event.limits, prefix, event.usage)
                    yield event
        except CallError as error:
            queue.refused(number, error, prefix, lab.settings.longest_wait)
            raise

    return paced
