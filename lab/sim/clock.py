"""The simulator's time: the machine's own, or further ahead where a test says so."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from lab.sim.http import require


class Clock:
    """Seconds by which cache entries, rate limits and batches age, and streams go on; `advance` makes them
    all older."""

    def __init__(self, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick, self._ahead, self._epoch = tick, 0.0, time.time() - tick()
        self._waiting = set[asyncio.Future[None]]()

    def __call__(self) -> float:
        return self._tick() + self._ahead

    def advance(self, seconds: Any) -> None:
        """Refuses what is no number of seconds, or goes back."""
        number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        forward = number and math.isfinite(seconds) and seconds >= 0
        require(forward, "advance: must be a number of seconds of at least 0.")
        self._ahead += seconds
        for one in self._waiting:
            if not one.done():
                one.set_result(None)

    def passed(self) -> float:
        """The moment by which streams go on: time really passes, or is put forward."""
        return time.monotonic() + self._ahead

    async def until(self, moment: float) -> None:
        """Wait for a moment of `passed`; others have their turn, however early it is."""
        loop = asyncio.get_running_loop()
        if moment <= self.passed():
            await asyncio.sleep(0)
        while (left := moment - self.passed()) > 0:
            self._waiting.add(woken := loop.create_future())
            timer = loop.call_later(left, lambda woken=woken: woken.done() or woken.set_result(None))
            try:
                await woken
            finally:
                timer.cancel()
                self._waiting.discard(woken)

    def stamp(self, at: float) -> str:
        """A moment of this clock as the API writes it, rounded up to the second."""
        return _written(math.ceil(self._epoch + at))


@lru_cache(maxsize=64)
def _written(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
