"""What a call costs, in whole picodollars: exact, and never a float.

The formula is Anthropic's pricing page of 2026-10-10: tokens x price per million x multipliers, plus
searches. One dollar per million tokens is 1,000,000 picodollars per token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

from lab import media
from lab.models import Model, Price
from lab.types import NOTHING_BILLED, Cost, Picodollars, Request, Terms, Usage

DOLLAR = 10**12
TERMS = ("input", "cache_write_5m", "cache_write_1h", "cache_read", "output", "web_search")
TOOL_PROMPT = 1_000
"""Tokens allowed for the prompt that the API adds when tools are sent: at most 804 (pricing page)."""


def terms(
    usage: Usage, model: Model, on: date, *, refused_unseen: bool = False
) -> dict[str, Picodollars | None]:
    """The parts of the bill, by the names in `TERMS`, at the prices of a day.

    None: the price or the number of tokens is unknown; no tokens cost 0 at any price. The size of the whole
    prompt picks the price band; creation without a split counts as 5 minutes. `refused_unseen`: the model
    refused before any output, which is not billed.
    """
    if refused_unseen:
        return dict.fromkeys(TERMS, 0)
    price = model.price(on) or Price()
    rates = price.rates(usage.prompt_tokens, usage.speed == "fast")
    scale = _scale(usage, model, price)
    count = counts(usage)
    return {
        "input": _term(count["input"], rates.input, *scale),
        "cache_write_5m": _term(count["cache_write_5m"], rates.input, price.cache_write_5m, *scale),
        "cache_write_1h": _term(count["cache_write_1h"], rates.input, price.cache_write_1h, *scale),
        "cache_read": _term(count["cache_read"], rates.input, price.cache_read, *scale),
        "output": _term(count["output"], rates.output, *scale),
        "web_search": _term(count["web_search"], price.web_search, Decimal(10**6)),
    }


def counts(usage: Usage) -> dict[str, int | None]:
    """The tokens, and searches, that the parts of the bill are for."""
    hour = usage.ephemeral_1h_input_tokens or 0
    return {
        "input": usage.input_tokens,
        "cache_write_5m": max(
            (usage.cache_creation_input_tokens or 0) - hour, usage.ephemeral_5m_input_tokens or 0
        ),
        "cache_write_1h": hour,
        "cache_read": usage.cache_read_input_tokens or 0,
        "output": usage.output_tokens,
        "web_search": usage.web_search_requests or 0,
    }


def settled(usage: Usage, model: Model, on: date, *, refused_unseen: bool = False) -> Cost:
    """The cost of a call whose usage the API reported; its amounts are None where a term is."""
    if refused_unseen:
        return NOTHING_BILLED
    parts = terms(usage, model, on)
    amount = whole(parts)
    return Cost(amount, amount, amount, "usage", _together(parts, usage, model, on))


def estimated(
    request: Request, model: Model, on: date, *, usage: Usage | None, delivered_characters: int, began: bool
) -> Cost:
    """The span of a call whose end never came.

    Not begun: from 0 to the worst case. Begun: the input that `usage` reported, plus output from one token
    for 4 delivered characters up to `max_tokens`, since thinking is billed unseen.
    """
    worst = worst_case(request, model, on)
    if not began:
        return Cost(None, 0, worst, "estimate")
    seen = usage or Usage()
    written = min(-(-delivered_characters // 4), request.max_tokens)
    low = replace(seen, input_tokens=seen.input_tokens or 0, output_tokens=written)
    high = replace(seen, output_tokens=request.max_tokens)
    upper = worst if seen.input_tokens is None else whole(terms(high, model, on))
    return Cost(None, whole(terms(low, model, on)), upper, "estimate")


def worst_case(
    request: Request, model: Model, on: date, unseen: int = 0, *, batched: bool = False
) -> Picodollars | None:
    """The most that a call can cost, known before it is sent; None where a price is unknown.

    A token is at least a byte, so the body's bytes bound the input tokens, as does the model's context;
    pictures and PDF files count by what they hold. All of it counts as written to the cache where the body
    asks for caching. Images by URL or file are counted as their reference only, and web searches not at all.
    `unseen`: bytes that will stand in the body and do not yet. `batched`: it goes through a Message Batch.
    """
    body = json.dumps(request.body(), ensure_ascii=False, separators=(",", ":"))
    tokens = len(body.encode("utf-8", "surrogatepass")) + TOOL_PROMPT * ("tools" in request.options)
    tokens += unseen - media.saved(request.messages)
    tokens = min(tokens, model.context or tokens)
    cached = tokens if '"cache_control"' in body else 0
    usage = Usage(
        input_tokens=tokens - cached,
        output_tokens=request.max_tokens,
        cache_creation_input_tokens=cached,
        ephemeral_1h_input_tokens=cached,
        service_tier="batch" if batched else None,
        speed=request.options.get("speed"),
        inference_geo=request.options.get("inference_geo"),
    )
    return settled(usage, model, on).upper


def dollars(amount: Picodollars | None) -> str:
    """An amount for people: cents from $1 on, below it two significant digits."""
    if amount is None:
        return "unknown"
    if amount == 0:
        return "$0"
    unit = 10 ** min(max(len(str(amount)) - 2, 0), 10)
    whole, rest = divmod((2 * amount + unit) // (2 * unit) * unit, DOLLAR)
    return f"${whole:,}.{f'{rest:012}'.rstrip('0'):0<2}"


def exactly(amount: Picodollars | None) -> str:
    """An amount to its last digit."""
    return "unknown" if amount is None else f"${Decimal(amount).scaleb(-12).normalize():f}"


def span(cost: Cost) -> str:
    """A cost for people: one amount, or the two that an estimate lies between."""
    if cost.basis != "estimate":
        return dollars(cost.amount)
    if cost.floor is None or cost.upper is None:
        return "unknown"
    low, high = dollars(cost.floor), dollars(cost.upper)
    return f"{low} (estimate)" if low == high else f"{low} to {high} (estimate)"


def _together(parts: Mapping[str, Picodollars | None], usage: Usage, model: Model, on: date) -> Terms | None:
    """The parts of a bill as they are kept; None where one is unknown, or what the prompt costs uncached."""
    uncached = replace(
        usage,
        input_tokens=usage.prompt_tokens,
        **dict.fromkeys(
            ("cache_creation_input_tokens", "cache_read_input_tokens")
            + ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
        ),
    )
    plain = terms(uncached, model, on)["input"]
    if None in parts.values() or plain is None:
        return None
    thinking = None
    if usage.thinking_tokens is not None:
        thinking = terms(replace(usage, output_tokens=usage.thinking_tokens), model, on)["output"]
    written = parts["cache_write_5m"] + parts["cache_write_1h"]
    return Terms(
        parts["input"], written, parts["cache_read"], parts["output"], parts["web_search"], thinking, plain
    )


def _scale(usage: Usage, model: Model, price: Price) -> tuple[Decimal | None, ...]:
    """What multiplies every token price of this call."""
    if usage.service_tier == "priority":
        return (None,)  # a contract's price, known to nobody here
    batch = (price.batch,) if usage.service_tier == "batch" else ()
    us = (price.us,) if usage.inference_geo == "us" and model.inference_geo is not False else ()
    return batch + us


def _term(count: int | None, *factors: Decimal | None) -> Picodollars | None:
    """Count x dollars per million x multipliers, rounded half up once, at the end."""
    if count == 0:
        return 0
    if count is None or None in factors:
        return None
    rate = _rate(factors)
    return (2 * count * rate.numerator + rate.denominator) // (2 * rate.denominator)


@cache
def _rate(factors: tuple[Decimal, ...]) -> Fraction:
    """Picodollars per token, exactly."""
    rate = Fraction(10**6)
    for factor in factors:
        rate *= Fraction(factor)
    return rate


def whole(parts: Mapping[str, Picodollars | None]) -> Picodollars | None:
    """What the parts of a bill come to together; None where one is unknown."""
    return None if None in parts.values() else sum(parts.values())
