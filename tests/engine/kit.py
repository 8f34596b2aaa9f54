"""What the engine's tests share: a lab on a real database, Callers of three lines, the rows they leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

from lab import models, sim
from lab.config import Settings
from lab.engine import Lab, build
from lab.models import Endpoint
from lab.providers import Providers
from lab.store import Store, call
from lab.types import (
    Caller,
    Done,
    Event,
    Origin,
    Principal,
    Reply,
    Request,
    Started,
    Text,
    Timing,
    Usage,
    new_id,
)

PLAIN, THINKER = "claude-haiku-4-5", "claude-opus-5-5"
"""A model that never thinks unless told to, and one that always does."""

ME = Principal("me", "admin")
STARTED = Started("msg_1", "req_1", PLAIN, Usage(input_tokens=10), {}, "api")
CATALOGUE = models.catalogue()


def lab_of(store: Store, home: Endpoint | None = None, **settings: Any) -> Lab:
    """A lab whose models are all asked at `home`."""
    return Lab(Settings(**settings), store, CATALOGUE, {}, home or Endpoint("test", "http://127.0.0.1:9"))


def request(text: str = "Which way is up?", **fields: Any) -> Request:
    """One question from me."""
    asked = {"model": PLAIN, "max_tokens": 100, "messages": ({"role": "user", "content": text},)}
    return Request(**{"id": new_id(), "origin": Origin("api", "me"), **asked, **fields})


def done(*texts: str, stop_reason: str = "end_turn") -> Done:
    """The end of an answer of so many pieces."""
    content = ({"type": "text", "text": "".join(texts)},) if texts else ()
    usage = Usage(input_tokens=10, output_tokens=len(texts))
    timing = Timing(0.1, 0.2, 0.3)
    return Done(Reply("msg_1", "req_1", content, PLAIN, stop_reason, None, None, usage, timing, source="api"))


def answer(*texts: str) -> Sequence[Event]:
    """A whole answer as the innermost layer sees it."""
    return (STARTED, *map(Text, texts), done(*texts))


def caller(*steps: Event | BaseException) -> Caller:
    """A Caller that gives these events, and raises what is to be raised."""

    async def call(request: Request) -> AsyncGenerator[Event, None]:
        for step in steps:
            if isinstance(step, BaseException):
                raise step
            yield step

    return call


async def collect(call: Caller, asked: Request) -> list[Event]:
    """All events of a call."""
    async with aclosing(call(asked)) as events:
        return [event async for event in events]


def row(lab: Lab, asked: Request) -> dict[str, Any]:
    """The call's row with its attempts, once everything is written."""
    lab.store.flush()
    return call(lab.store.read, ME, asked.id)


@asynccontextmanager
async def simulated(store: Store, *, ping: float = 3.0, **settings: Any) -> AsyncIterator[tuple]:
    """(the engine, its lab, the server): the whole way from the first layer to a simulator in this loop."""
    server = await sim.serve(speed=0, ping=ping)
    lab = lab_of(store, Endpoint("test", server.url), **settings)
    providers = Providers(lab.settings)

    def dispatch(asked: Request) -> AsyncGenerator[Event, None]:
        return providers.of(lab.home)(asked)

    try:
        await providers.of(lab.home).ready()
        yield build(lab, dispatch), lab, server
    finally:
        await providers.close()
        await server.close()


class Fast(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer whenever all are waiting: hours pass at once, exactly."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        if not self._ready:
            due = (timer.when() for timer in self._scheduled if not timer.cancelled())
            self._now = max(self._now, min(due, default=self._now))
        super()._run_once()
