"""The simulated Claude in this process, with a clock that a test turns."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from itertools import accumulate
from typing import Any, NamedTuple

from lab import cache
from lab.cache import Asked, Scope
from lab.models import catalogue
from lab.sim.claude import Claude
from lab.sim.clock import Clock

Body = dict[str, Any]

CATALOGUE = catalogue()
HEADERS = {"authorization": "Bearer key", "anthropic-version": "2026-10-21"}
LATENCY = 1.0
"""Seconds until an answer begins."""


class Time:
    """A clock that a test turns."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Sent(NamedTuple):
    """A request as the lab's log would have it, why it missed by the API's word, what makes its answer begin,
    and the server's own count of the tokens of each of its prefixes."""

    call: Asked
    miss: dict[str, Any] | None
    begin: Callable[[], None]
    sizes: list[int]


class Simulated:
    """The simulated Claude with a clock of its own."""

    def __init__(self) -> None:
        self.time = Time()
        self._claude = Claude(Clock(self.time), 0)
        self._sent = 0

    def ask(self, body: Body) -> Sent:
        """One request, which is answered when `begin` of it is called."""
        self._sent += 1
        call = self._claude.call(HEADERS, json.dumps(body).encode())
        plan = self._claude.plan(call)
        message = self._claude.message(call, plan).json
        usage = message["usage"]
        counts = [usage[f"cache_{name}_input_tokens"] for name in ("read", "creation")]
        asked = cache.of(
            body,
            CATALOGUE[call.model.id],
            Scope("simulated", "simulated", call.model.id, call.body["speed"]),
            id=str(self._sent),
            at=self.time.now,
            began=self.time.now + LATENCY,
            read=counts[0],
            written=counts[1],
            prompt=usage["input_tokens"] + sum(counts),
            message_id=message["id"],
            named="support",
        )
        sizes = accumulate((block.tokens for block in call.blocks), initial=0)
        begin = partial(self._claude.begin, call, plan, message["id"])
        return Sent(asked, (message.get("diagnostics") or {}).get("cache_miss_reason"), begin, [*sizes])
