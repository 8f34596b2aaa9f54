"""Three attempts in all, and only where the API plainly refused to serve: nothing is billed twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing

from lab.engine.lab import Lab
from lab.errors import CallError
from lab.types import Caller, Event, Note, Request

ATTEMPTS = 3
REFUSED_TO_SERVE = (408, 409, 500, 502, 503, 529)
"""Statuses after which the API's own documentation tells clients to try again."""

WORDS = {
    429: "rate limited",
    529: "the API is overloaded",
    None: "no connection",
}
KINDS = {429: "rate limited", 529: "overloaded"}
"""What a note is called that tells of too many calls; any other is a `retry`."""


def retry(call: Caller, lab: Lab) -> Caller:
    """Tries again after a wait that the person sees. Cancelling ends the wait at once."""

    async def retried(request: Request) -> AsyncGenerator[Event, None]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with aclosing(call(request)) as events:
                    async for event in events:
                        yield event
                return
            except CallError as error:
                if attempt == ATTEMPTS or not may_repeat(error):
                    raise
                if (error.retry_after or 0) > lab.settings.longest_wait:
                    raise _handed_over(error) from None
                wait = error.retry_after or backoff(attempt)
                why, kind = WORDS.get(error.status, "the API failed"), KINDS.get(error.status, "retry")
            spoken = f"{wait:.1f}".removesuffix(".0")
            yield Note(kind, f"{why}, trying again in {spoken} s, attempt {attempt + 1} of {ATTEMPTS}")
            await asyncio.sleep(wait)

    return retried


def may_repeat(error: CallError) -> bool:
    """Whether the same request can be sent again without any risk of paying for it twice."""
    if not error.sent:
        return True
    if error.status is None or error.status == 200 or error.status == 504:
        return False  # the model may have worked: billing unknown
    if error.should_retry is not None:
        return error.should_retry
    if error.status == 429:
        return error.retry_after is not None  # without it a spending limit is reached, not a rate
    return error.status in REFUSED_TO_SERVE


def backoff(attempt: int) -> float:
    """Seconds before the next attempt: half a second, doubled each time, less up to a quarter at random."""
    return 0.5 * 2 ** (attempt - 1) * random.uniform(0.75, 1)


def _handed_over(error: CallError) -> CallError:
    wait = f"{error.retry_after:.0f} s"
    most = "longest_wait, in checks longest_wait_in_checks"
    sentence = f"{error} It asks to wait {wait}, longer than the lab waits by itself ({most})."
    return CallError(
        sentence,
        status=error.status,
        type=error.type,
        request_id=error.request_id,
        retry_after=error.retry_after,
        sent=error.sent,
        should_retry=error.should_retry,
        state=error.state,
    )
