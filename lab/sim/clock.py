"""The simulator's time: the machine's own, or further ahead where a test says so."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from lab.sim.http import require


class Clock:
    """Seconds by which cache entries, rate limits and batches age; `advance` makes them all older."""

    def __init__(self, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick, self._ahead, self._epoch = tick, 0.0, time.time() - tick()

    def __call__(self) -> float:
        return self._tick() + self._ahead

    def advance(self, seconds: Any) -> None:
        """Refuses what is no number of seconds, or goes back."""
        number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        forward = number and math.isfinite(seconds) and seconds >= 0
        require(forward, "advance: must be a number of seconds of at least 0.")
        self._ahead += seconds

    def stamp(self, at: float) -> str:
        """A moment of this clock as the API writes it, rounded up to the second."""
        return _written(math.ceil(self._epoch + at))


@lru_cache(maxsize=64)
def _written(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
