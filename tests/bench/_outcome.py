"""How a call of the made traffic ended: its state, tokens, times and cost, as the engine would have them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lab import cost, models
from lab.store.counted import TERMS
from lab.types import NOTHING_BILLED, Cost, Usage
from tests.bench._traffic import MODELS, Asked

SYSTEM = 5_000
"""Tokens of a prompt's system text."""
MAX_TOKENS = 1_024
UNCACHED = ("support", 2)
"""The prompt version whose requests do not ask for caching."""
_SPEED = dict(zip(MODELS, ((350, 160), (650, 85), (1100, 55)), strict=True))
"""Milliseconds to the first token, and tokens a second, in the median."""
_ENDS = {"ok": 0.962, "failed": 0.012, "cancelled": 0.01, "refused": 0.006, "stalled": 0.002,
         "truncated": 0.003, "blocked": 0.003, "unknown": 0.002}  # fmt: skip
_ERRORS = {"failed": ("overloaded_error", 529), "stalled": ("stalled", 200), "truncated": ("truncated", 200)}
_STOPS = {"end_turn": 0.955, "max_tokens": 0.025, "tool_use": 0.015, "stop_sequence": 0.005}


@dataclass(frozen=True, slots=True)
class Ended:
    """`tries`: how many attempts it took, the ones before the last having found the API overloaded."""

    state: str
    stop_reason: str | None
    error_type: str | None
    status: int | None
    tries: int
    usage: Usage
    cost: Cost
    waited: float
    headers: float | None
    first_token: float | None
    total: float


def ended(drawn: random.Random, asked: Asked, before: int, question: int, answer: int) -> Ended:
    """`before`: tokens of the conversation so far; `question` and `answer`: those of this turn."""
    state = drawn.choices([*_ENDS], list(_ENDS.values()))[0]
    error, status = _ERRORS.get(state, (None, 200))
    tries = 1 + (drawn.random() < 0.02) + (drawn.random() < 0.004)
    usage = _usage(drawn, asked, before, question, answer)
    stop = drawn.choices([*_STOPS], list(_STOPS.values()))[0] if state == "ok" else None
    if state == "refused":
        stop = "refusal"
    paid = _paid(asked, state, usage)
    if state in ("failed", "blocked", "unknown"):
        usage = Usage()
    begin, speed = _SPEED[asked.model]
    first = round(begin * drawn.lognormvariate(0, 0.35), 1)
    total = round(first + 1000 * answer / (speed * drawn.lognormvariate(0, 0.2)), 1)
    times = (round(first / 2, 1), first) if state not in ("failed", "blocked", "unknown") else (None, None)
    waited = round(0.2 + (tries - 1) * drawn.uniform(500, 4000), 1)
    return Ended(state, stop, error, status, tries, usage, paid, waited, *times, total)


def _usage(drawn: random.Random, asked: Asked, before: int, question: int, answer: int) -> Usage:
    """What stands before the question is read from the cache, or written where it went cold; UNCACHED never
    asked for that."""
    prefix = (SYSTEM if asked.prompt else 0) + before
    cached = prefix if prefix >= 1024 and (asked.prompt, asked.version) != UNCACHED else 0
    read = cached if drawn.random() > 0.08 else 0
    thinking = answer // 3 if asked.model == MODELS[2] else None
    return Usage(
        input_tokens=question + prefix - cached,
        output_tokens=answer + (thinking or 0),
        cache_creation_input_tokens=cached - read,
        cache_read_input_tokens=read,
        ephemeral_5m_input_tokens=cached - read,
        ephemeral_1h_input_tokens=0,
        thinking_tokens=thinking,
        service_tier="standard",
    )


def _paid(asked: Asked, state: str, usage: Usage) -> Cost:
    if state in ("failed", "blocked") or asked.source == "replay":
        return NOTHING_BILLED
    on = datetime.fromtimestamp(asked.at / 1000, UTC).date()
    whole = cost.settled(usage, model(asked.model), on)
    if state in ("ok", "refused"):
        return whole
    return Cost(None, (whole.amount or 0) // 2, whole.amount, "estimate")


@cache
def model(name: str) -> models.Model:
    return models.catalogue()[name]


def amounts(end: Ended) -> dict[str, Any]:
    paid = end.cost
    terms = dict(zip(TERMS, paid.terms or (None,) * len(TERMS), strict=True))
    held = {"cost": paid.amount, "cost_floor": paid.floor, "cost_upper": paid.upper}
    return held | {"cost_basis": paid.basis} | terms


def usage(of: Usage) -> dict[str, Any]:
    return {name: getattr(of, name) for name in Usage.__slots__}


def failed(end: Ended) -> dict[str, int | None]:
    """What attempts cost that gave no answer: those before the last found the API overloaded, for nothing."""
    vain = end.state != "ok"
    return {"failed_floor": end.cost.floor if vain else 0, "failed_upper": end.cost.upper if vain else 0}
