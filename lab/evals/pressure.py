"""How many of a run's calls are made at once: as many as were asked for, fewer after the API refused some."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import monotonic

from lab.errors import CallError
from lab.types import Caller, Event, Note, Request, Sent, Started

STEPS = 8
"""In so many steps it grows back to all that was asked for."""


class Pressure:
    """The calls of one run. Of `most` at once, half are left after a refusal for being too many or for an API
    that is overloaded, and a step more after each round of calls that the API took.

    `refused` counts these refusals; `lowest` is the fewest at once that it came to.
    """

    def __init__(self) -> None:
        self.most = self.limit = self.lowest = 1
        self.limited = self.overloaded = 0
        self.eased = False
        self._under_way: dict[asyncio.Task, bool] = {}
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._took = 0
        self._halved_at = 0.0

    def begin(self, most: int) -> None:
        self.most = self.limit = self.lowest = most

    @property
    def refused(self) -> int:
        return self.limited + self.overloaded

    @property
    def words(self) -> str:
        """`Slowed down to 4 at once: rate limited 12 times.`; nothing where nothing was refused."""
        counts = (("rate limited", self.limited), ("overloaded", self.overloaded))
        why = ", ".join(f"{what} {'once' if n == 1 else f'{n:,} times'}" for what, n in counts if n)
        if not why:
            return ""
        how = f"Slowed down to {self.lowest} at once" if self.lowest < self.most else "Not slowed down"
        return f"{how}: {why}."

    async def enter(self) -> bool:
        """Wait for a place; False where nothing new is to begin. Whoever got one leaves it by `leave`."""
        while not self.eased and len(self._under_way) >= self.limit:
            mine = asyncio.get_running_loop().create_future()
            self._waiting.append(mine)
            await mine
        if self.eased:
            return False
        self._under_way[asyncio.current_task()] = False
        return True

    def leave(self) -> None:
        self._under_way.pop(asyncio.current_task(), None)
        self._let()

    def ease(self) -> int:
        """Begin nothing new, and end what has not been sent. Gives how many calls go on to their end."""
        self.eased = True
        self._let()
        for task in [task for task, sent in self._under_way.items() if not sent]:
            task.cancel()
            del self._under_way[task]
        return len(self._under_way)

    def felt(self, call: Caller) -> Caller:
        """`call`, which tells how the API bears it."""

        async def feeling(request: Request) -> AsyncGenerator[Event, None]:
            task, sent = asyncio.current_task(), 0.0
            try:
                async with aclosing(call(request)) as events:
                    async for event in events:
                        kind = type(event)
                        if kind is Sent:
                            sent = monotonic()
                            if task in self._under_way:
                                self._under_way[task] = True
                        elif kind is Started:
                            self._taken()
                        elif kind is Note:
                            self._told(event.kind, sent)
                        yield event
            except CallError as error:
                self._told({429: "rate limited", 529: "overloaded"}.get(error.status, ""), sent)
                raise

        return feeling

    def _told(self, kind: str, sent: float) -> None:
        """Of calls that were sent together, the first to be refused speaks for all."""
        if kind not in ("rate limited", "overloaded"):
            return
        if kind == "overloaded":
            self.overloaded += 1
        else:
            self.limited += 1
        if sent >= self._halved_at:
            self._halved_at, self._took = monotonic(), 0
            self.limit = max(self.limit // 2, 1)
            self.lowest = min(self.lowest, self.limit)

    def _taken(self) -> None:
        self._took += 1
        if self.limit < self.most and self._took >= self.limit:
            self._took = 0
            self.limit = min(self.limit + max(self.most // STEPS, 1), self.most)
            self._let()

    def _let(self) -> None:
        """Let in as many as there are places, or all where they only come to leave."""
        places = self.limit - len(self._under_way)
        while self._waiting and (places > 0 or self.eased):
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                places -= 1
