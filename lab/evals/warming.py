"""A prefix that many requests share: one writes it to the API's cache, alone, and the others read it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from lab import engine
from lab.engine import Lab
from lab.types import Caller, Event, Request, Started, digest


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


def prefix(request: Request, least: int | None) -> bytes | None:
    """What stands for a request up to its last cache breakpoint of its own; None where it has none, or one so
    early that the API keeps nothing: a token is at least a byte, and `least` tokens are needed."""
    if not (parts := _cacheable(request)):
        return None
    body = json.dumps([request.model, parts], ensure_ascii=False)
    return digest(body) if len(body.encode("utf-8", "surrogatepass")) >= (least or 0) else None


def shared(request: Request) -> int:
    """The tokens of that, estimated."""
    return engine.tokens(parts) if (parts := _cacheable(request)) else 0


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
