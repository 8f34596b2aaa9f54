"""Rate limits: buckets of requests, input and output tokens for each key and model, refilled all the time.

https://platform.claude.com/docs/en/api/rate-limits: input is what was not read from the cache, output what
was really written, whatever max_tokens was.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lab.sim.clock import Clock
from lab.sim.http import Problem

# A minute's worth: the API's first tier.
TIER = {"requests": 1000, "input-tokens": 2_000_000, "output-tokens": 400_000}
_SHARED = re.compile(r"claude-(opus-4-[5-8]|sonnet-4-[56])$")  # which share a bucket with the others named so
_ROUNDED = 1000  # tokens that a remainder is rounded to


@dataclass(slots=True)
class _Bucket:
    """`level` may fall below 0 for output, whose size is known last."""

    limit: int
    level: float
    filled: float  # when, in seconds of the clock

    def refill(self, now: float) -> _Bucket:
        self.level = min(self.limit, self.level + (now - self.filled) * self.limit / 60)
        self.filled = now
        return self

    def wait(self, level: float) -> float:
        """Seconds until it holds that much, or is full."""
        return max(0.0, (min(level, self.limit) - self.level) * 60 / self.limit)


class Limits:
    """All buckets. Where no size is given they are not `on`, and nobody is to take from them."""

    def __init__(self, clock: Clock, sizes: Mapping[str, int]) -> None:
        self._clock, self._sizes, self.on = clock, {**TIER, **sizes}, bool(sizes)
        self._buckets: dict[tuple[str, str], dict[str, _Bucket]] = {}

    def _of(self, key: str, model: str) -> dict[str, _Bucket]:
        now, shared = self._clock(), _SHARED.match(model)
        name = key, shared[1][:-2] if shared else model
        full = {kind: _Bucket(size, size, now) for kind, size in self._sizes.items()}
        buckets = self._buckets.setdefault(name, full) if self.on else full
        return {kind: bucket.refill(now) for kind, bucket in buckets.items()}

    def take(self, key: str, model: str, tokens: int) -> None:
        """Takes a request of that many input tokens. Raises Problem 429, and takes nothing, if too much."""
        buckets, needs = self._of(key, model), {"requests": 1, "input-tokens": tokens, "output-tokens": 1}
        for kind, needed in needs.items():
            if buckets[kind].level < needed:
                wait = max(1, math.ceil(buckets[kind].wait(needed)))
                sentence = f"The simulated limit of {buckets[kind].limit} {kind} a minute is reached."
                raise Problem(429, sentence, {"retry-after": str(wait)})
        buckets["requests"].level -= 1
        buckets["input-tokens"].level -= tokens

    def spend(self, key: str, model: str, tokens: int) -> None:
        """Output tokens, when they are written."""
        self._of(key, model)["output-tokens"].level -= tokens

    def headers(self, key: str = "", model: str = "") -> dict[str, str]:
        """Limit, remainder and the moment of being full again; without a model as nobody had asked yet."""
        shown = {}
        for kind, bucket in self._of(key, model).items():
            left = max(0, math.floor(bucket.level))
            if kind != "requests" and left < bucket.limit:
                left = min(bucket.limit, round(left / _ROUNDED) * _ROUNDED)
            shown[kind] = bucket.limit, left, bucket.wait(bucket.limit)
        both = shown["input-tokens"], shown["output-tokens"]
        shown["tokens"] = both[0][0] + both[1][0], both[0][1] + both[1][1], max(one[2] for one in both)
        headers, now = {}, self._clock()
        for kind, (limit, left, wait) in shown.items():
            name = f"anthropic-ratelimit-{kind}"
            headers |= {f"{name}-limit": str(limit), f"{name}-remaining": str(left)}
            headers[f"{name}-reset"] = self._clock.stamp(now + wait)
        return headers
