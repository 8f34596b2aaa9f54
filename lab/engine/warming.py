"""A prefix that many requests share: one writes it to the API's cache, alone, and the others read it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any

from lab.engine.lab import Lab
from lab.engine.window import tokens
from lab.types import Caller, Event, Note, Request, Started, digest

COUNTING = ("thinking", "tool_choice", "output_config", "speed")
"""Options that the API keeps apart in its cache (Anthropic's page on prompt caching)."""
WAITS = "Waits for another one to write what both begin with to the cache"


def warmed(call: Caller, lab: Lab) -> Caller:
    """`call`, but of requests with the same cacheable prefix the first goes alone until its answer begins.
    Only then the API can read what it wrote (Anthropic's page on prompt caching); of more that are sent
    together each would pay for writing. Where it fails before that, the next one goes alone."""
    warm: set[bytes] = set()
    turns: dict[bytes, asyncio.Lock] = {}

    async def warming(request: Request) -> AsyncGenerator[Event, None]:
        key = prefix(request, lab.model(request.model).min_cache)
        if key is None or key in warm:
            turn = None
        else:
            turn = turns.setdefault(key, asyncio.Lock())
            if turn.locked():
                yield Note("cache", WAITS)
            await turn.acquire()
            if key in warm:
                turn.release()
                turn = None
        try:
            async with aclosing(call(request)) as events:
                async for event in events:
                    if turn and type(event) is Started:
                        warm.add(key)
                        turns.pop(key, None)
                        turn.release()
                        turn = None
                    yield event
        finally:
            if turn:
                turn.release()

    return warming


def ahead(lab: Lab, requests: Iterable[Request]) -> int:
    """How many of these `warmed` sends ahead of others."""
    keys = Counter(prefix(each, lab.model(each.model).min_cache) for each in requests)
    return sum(key is not None and many > 1 for key, many in keys.items())


def prefix(request: Request, least: int | None) -> bytes | None:
    """What stands for a request up to its last cache breakpoint of its own; None where it has none, or one so
    early that the API keeps nothing: a token is at least a byte, and `least` tokens are needed."""
    if not (parts := _cacheable(request)):
        return None
    counting = {name: request.options[name] for name in COUNTING if name in request.options}
    body = json.dumps([request.model, parts, counting], ensure_ascii=False)
    return digest(body) if len(body.encode("utf-8", "surrogatepass")) >= (least or 0) else None


def shared(request: Request) -> int:
    """The tokens of that, estimated."""
    return tokens(parts) if (parts := _cacheable(request)) else 0


def _cacheable(request: Request) -> list[Any]:
    """The parts of a prompt up to its last breakpoint. The automatic one of a body does not count: it ends
    the question, which is each case's own."""
    tools = list(request.options.get("tools", ()))
    system = [request.system] if isinstance(request.system, str) else list(request.system)
    contents = [message["content"] for message in request.messages]
    turns = [part for each in contents for part in ([each] if isinstance(each, str) else each)]
    parts = [*tools, *system, *turns]
    marked = [at for at, part in enumerate(parts, 1) if isinstance(part, dict) and part.get("cache_control")]
    return parts[: marked[-1]] if marked else []
