"""Calls that go on by themselves, whatever becomes of the pages that watch them.

One thread a process runs the engine. A page starts a call there and watches it; a rerun, another page or a
reload changes nothing. Only Stop ends it early, or that all who wanted it have been gone for a while.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import aclosing
from typing import Any, TypeVar

from lab.engine import health
from lab.engine.chat import converse
from lab.engine.forecast import Counter, Forecast, forecast, weigh
from lab.engine.lab import Lab
from lab.engine.layers.pause import turn_away
from lab.engine.ongoing import Live
from lab.errors import BadInput, LabError, StoreError
from lab.providers import Providers
from lab.types import Caller, Principal, Request

T = TypeVar("T")

GOODBYE = 5.0
"""Seconds that closing waits for calls to be written down as cancelled."""


class Lives:
    """A lab that is open for a process's life, and the calls that it makes.

    `build` puts a lab's layers round the calls of its `providers`. `open` until it is closed.
    """

    def __init__(self, lab: Lab, build: Callable[[Lab, Providers], Caller]) -> None:
        self.lab = lab
        self._build = build
        self._lives: dict[str, Live] = {}
        self._jobs: dict[str, Future[Any]] = {}
        self.providers = Providers(lab.settings)
        self.providers.warm(lab.home)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lab-engine", daemon=True)
        self._thread.start()
        self._starting = threading.Lock()
        self._writing: set[asyncio.Task] = set()
        self.open = True

    def start(
        self,
        principal: Principal,
        request: Request,
        visitor: str | None = None,
        through: Caller | None = None,
    ) -> Live:
        """Make a call; `through`: a caller that calls have in common, round the engine's own. Raises BadInput
        while its conversation is still being answered."""
        live = Live(principal, request)
        live.through = through
        with self._starting:
            if live.conversation and self.of(principal, live.conversation):
                raise BadInput("This conversation is still being answered. Wait for the answer, or stop it.")
            self._lives[live.id] = live
        if visitor:
            live.visitors.add(visitor)
        self._loop.call_soon_threadsafe(self._begin, live)
        return live

    def running(self, principal: Principal) -> list[Live]:
        """The calls under way that this person may see, oldest first."""
        return [live for live in list(self._lives.values()) if _sees(principal, live)]

    def of(self, principal: Principal, conversation: str) -> Live | None:
        """The call under way in a conversation."""
        return next((one for one in self.running(principal) if one.conversation == conversation), None)

    def stop(self, call: str) -> None:
        """End a call; what arrived is kept. One that has ended stays as it is."""
        if live := self._lives.get(call):
            self._loop.call_soon_threadsafe(self._cancel, live)

    def hold(self, visitor: str, live: Live) -> None:
        """A visitor wants this call: it goes on at least as long as they are there."""
        self._loop.call_soon_threadsafe(self._held, visitor, live)

    def leave(self, visitor: str) -> None:
        """A visitor is gone; what only they wanted ends after the grace, unless somebody comes for it."""
        self._loop.call_soon_threadsafe(self._left, visitor)

    def forecast(self, request: Request) -> Forecast:
        """What a request would send and cost. Raises LabError."""
        return self.soon(forecast(self.lab, self._count, request))

    def weigh(self, request: Request) -> None:
        """Raise Paused for a request that a pause holds, and BadInput for one that the settings do not let
        out."""
        turn_away(self.lab, request)
        if self.lab.settings.max_input_tokens:
            self.soon(weigh(self.lab, self._count, request))

    def counted(self, work: Callable[[Counter], Coroutine[Any, Any, T]]) -> T:
        """What comes of a short piece of work on the engine's thread that has requests counted."""
        return self.soon(work(self._count))

    def reach(self) -> list[health.Finding]:
        """Whether each endpoint is there. Raises BadInput."""
        asked = health.asked(self.lab.settings, os.environ)
        return self.soon(health.reached(self.providers, asked))

    def soon(self, work: Coroutine[Any, Any, T]) -> T:
        """What comes of a short piece of work on the engine's thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _count(self, request: Request) -> int | None:
        return await self.providers.of(self.lab.endpoint(request.model)).count(request)

    def caller(self, lab: Lab | None = None) -> Caller:
        """The engine, for work on its own thread; `lab` where other endpoints are to be asked."""
        return self._build(lab or self.lab, self.providers)

    def work(self, name: str, work: Callable[[], Awaitable[Any]]) -> Future[Any]:
        """Do something longer on the engine's thread, which `end` ends by its name."""

        async def working() -> Any:
            return await work()

        self._jobs[name] = future = asyncio.run_coroutine_threadsafe(working(), self._loop)
        future.add_done_callback(lambda _: self._jobs.pop(name, None))
        return future

    def works(self, name: str) -> bool:
        """Whether a piece of work of this process goes on."""
        return name in self._jobs

    def working(self) -> list[str]:
        """The names of all of them, oldest first."""
        return list(self._jobs)

    def end(self, name: str) -> None:
        """End a piece of work."""
        if job := self._jobs.get(name):
            job.cancel()

    def close(self) -> None:
        """Cancel what runs, write it down, and end the thread. Raises StoreError for what was not written."""
        self.open = False
        asyncio.run_coroutine_threadsafe(self._wind_up(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.lab.store.close()

    async def _wind_up(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others, timeout=GOODBYE)
        if self._writing:
            await asyncio.wait(self._writing, timeout=GOODBYE)
        await self.providers.close()

    def _begin(self, live: Live) -> None:
        live.task = self._loop.create_task(self._make(live))
        live.task.add_done_callback(lambda task: self._made(live, task))

    async def _make(self, live: Live) -> None:
        await self.providers.of(self.lab.endpoint(live.request.model)).ready()
        call = live.through or self.caller()
        async with aclosing(converse(self.lab, call, live.principal, live.request)) as events:
            async for event in events:
                live.answer.add(event)
                live.stirred()

    def _made(self, live: Live, task: asyncio.Task) -> None:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error:
            live.answer.fail(error)
        if isinstance(error, Exception):
            live.error = str(error) if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
        if live.grace:
            live.grace.cancel()
        writing = self._loop.create_task(self._written(live))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)

    async def _written(self, live: Live) -> None:
        """Take it off the list, once the log shows how it ended."""
        try:
            await self.lab.store.commit(lambda connection: None)
        except StoreError as error:
            live.error = live.error or str(error)
        finally:
            self._lives.pop(live.id, None)
            live.ended = True
            live.stirred()

    def _cancel(self, live: Live) -> None:
        if live.task:
            live.task.cancel()

    def _held(self, visitor: str, live: Live) -> None:
        live.visitors.add(visitor)
        if live.grace:
            live.grace.cancel()
            live.grace = None

    def _left(self, visitor: str) -> None:
        for live in list(self._lives.values()):
            if visitor in live.visitors:
                live.visitors.discard(visitor)
                if not live.visitors:
                    live.grace = self._loop.call_later(self.lab.settings.grace, self._cancel, live)


def _sees(principal: Principal, live: Live) -> bool:
    return principal.role == "admin" or principal.user == live.principal.user
