"""The JSON of an answer that follows a schema, read while it grows."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from lab.engine.lab import Lab
from lab.engine.structured import Fold, schema
from lab.types import Caller, Done, Event, Json, Request, Started, Text


def structured(call: Caller, lab: Lab) -> Caller:
    """Puts a Json event behind the pieces of an answer whenever there is more to show; without a schema it
    is the call itself. Outside the guard: what that holds back is not shown this way either."""

    def reading(request: Request) -> AsyncGenerator[Event, None]:
        return _read(call, request) if schema(request.options) else call(request)

    return reading


async def _read(call: Caller, request: Request) -> AsyncGenerator[Event, None]:
    fold = Fold()
    async with aclosing(call(request)) as events:
        async for event in events:
            kind = type(event)
            if kind is Started:
                fold = Fold()
            elif kind is Done and (more := fold.end()) is not None:
                yield Json(more)
            yield event
            if kind is Text and (more := fold.add(event.text)) is not None:
                yield Json(more)
