"""When the next call may leave, by what the API says of its rate limits."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from lab.errors import CallError
from lab.types import Usage

MINUTE = 60.0
KINDS = ("requests", "input-tokens", "output-tokens")
LEARNING = 0.2
"""How much the newest request tells of how large the next one will be."""


@dataclass(slots=True)
class _Level:
    """What is left of a limit: `level` at the time `at` (the loop's), refilled by `rate` a second."""

    limit: float
    level: float
    rate: float
    at: float

    def wait(self, needed: float, now: float) -> float:
        """Seconds until it holds as much, or is full."""
        level = min(self.limit, self.level + (now - self.at) * self.rate)
        return max(0.0, (min(needed, self.limit) - level) / self.rate)


class Queue:
    """Those who ask one model at one endpoint, in their order.

    The limits are those of Anthropic's page on rate limits: buckets that are refilled all the time. A request
    takes 1 of `requests`, and its input except what the cache has; output is taken as it is written. The
    headers that came with a call know of those sent before it: what was sent later is taken off here.
    """

    def __init__(self) -> None:
        self._waiting = self._sent = self._known = 0
        self._levels: dict[str, _Level] = {}
        self._input = 0.0
        self._until = 0.0
        self._turn = asyncio.Lock()

    def wait(self) -> float:
        """Seconds until one more may leave, after those who wait already."""
        return self._seconds(self._sent - self._known + self._waiting + 1)

    async def turn(self) -> int:
        """Wait until one may leave; the first to come is the first to go. Gives its number."""
        self._waiting += 1
        try:
            async with self._turn:
                while True:
                    wait = self._seconds(self._sent - self._known + 1)
                    if wait <= 0:
                        break
                    await asyncio.sleep(wait)
                self._sent += 1
                return self._sent
        finally:
            self._waiting -= 1

    def answered(self, number: int, limits: Mapping[str, str], prefix: str, usage: Usage | None) -> None:
        """What the headers that came with a call say; those of an earlier one say nothing new."""
        if usage and usage.input_tokens is not None:
            counted = usage.input_tokens + (usage.cache_creation_input_tokens or 0)
            self._input += (counted - self._input) * (LEARNING if self._input else 1)
        if number < self._known:
            return
        now = asyncio.get_running_loop().time()
        levels = {kind: _level(limits, f"{prefix}{kind}", now) for kind in KINDS}
        if any(levels.values()):
            self._known = number
            self._levels = {kind: level for kind, level in levels.items() if level}

    def refused(self, number: int, error: CallError, prefix: str, longest: float) -> None:
        """A call was not served. If it says when one will be, all wait as long, but no more than `longest`
        seconds: whoever comes next may hear of more than that himself."""
        self.answered(number, error.limits, prefix, None)
        if error.status in (429, 529) and error.retry_after and error.retry_after <= longest:
            self._until = max(self._until, asyncio.get_running_loop().time() + error.retry_after)

    def _seconds(self, requests: int) -> float:
        """Until so many more are let in."""
        if not self._levels and not self._until:
            return 0.0
        now = asyncio.get_running_loop().time()
        needs = {"requests": requests, "input-tokens": requests * self._input, "output-tokens": 1}
        waits = [level.wait(needs[kind], now) for kind, level in self._levels.items()]
        return max(self._until - now, *waits, 0.0)


class Pacing:
    """The queues of a lab, each by whatever has limits of its own."""

    def __init__(self) -> None:
        self._queues: defaultdict[Hashable, Queue] = defaultdict(Queue)

    def queue(self, *of: Hashable) -> Queue:
        return self._queues[of]


def _level(limits: Mapping[str, str], name: str, now: float) -> _Level | None:
    """What the headers say of one limit; None where they say nothing of it that can be used."""
    try:
        limit, left = (float(limits[f"{name}-{what}"]) for what in ("limit", "remaining"))
    except (KeyError, ValueError):
        return None
    if limit <= 0:
        return None
    rate = limit / MINUTE
    if left < limit / 2:  # the reset is to the second, and tells the more the longer it takes
        rate = _rate(limits.get(f"{name}-reset", ""), limit - left) or rate
    return _Level(limit, left, rate, now)


def _rate(reset: str, missing: float) -> float | None:
    """What is refilled in a second, of so much that is back at the time `reset` (RFC 3339)."""
    try:
        seconds = (datetime.fromisoformat(reset) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return missing / seconds if seconds >= 1 else None
