"""What a call costs, in whole picodollars: exact, and never a float.

The formula is Anthropic's pricing page of 2026-10-10: tokens x price per million x multipliers, plus
searches. One dollar per million tokens is 1,000,000 picodollars per token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from lab import media
from lab.models import Model, Price, Rates
from lab.types import NOTHING_BILLED, Cost, Picodollars, Request, Usage

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


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bill: what so many tokens (or searches) cost, from `floor` to `upper`, which are equal
    unless it is an estimate. None: unknown. `within` names the part that this one is counted in already.
    """

    name: str
    count: int | None
    floor: Picodollars | None
    upper: Picodollars | None
    within: str | None = None

    @property
    def rate(self) -> Decimal | None:
        """Dollars per million tokens, or per million searches; None where nothing was paid."""
        if not self.count or not self.upper:
            return None
        return round(Decimal(self.upper) / self.count / 10**6, 9)


def bill(call: Mapping[str, Any], model: Model | None = None) -> tuple[Part, ...]:
    """The parts of a logged call's cost in the order of `TERMS`, and after `output` the `thinking` in it.

    By the price that was stored with the call. They add up to exactly what was stored; where they would not,
    or nothing is known of them, there are none. In an estimate it is the output that is not known.
    """
    usage = Usage(**{name: call[name] for name in Usage.__slots__})
    model = replace(model or Model(call["model"]), prices=(_stored(call["price"] or {}),))
    basis, count = call["cost_basis"], counts(usage)
    if basis == "estimate" and usage.input_tokens is not None:
        low, high = (_rest(terms(usage, model, date.max), call[end]) for end in ("cost_floor", "cost_upper"))
        count["output"] = None
    else:
        low = high = terms(usage, model, date.max, refused_unseen=basis == "none")
    amounts = (low["output"] or 0, _sum(low), _sum(high))
    if basis is None or amounts[0] < 0 or amounts[1:] != (call["cost_floor"], call["cost_upper"]):
        return ()
    parts = [Part(name, count[name], low[name], high[name]) for name in TERMS]
    if count["output"] and usage.thinking_tokens:
        only = replace(usage, output_tokens=usage.thinking_tokens)
        cost = terms(only, model, date.max, refused_unseen=basis == "none")["output"]
        parts.insert(TERMS.index("output") + 1, Part("thinking", usage.thinking_tokens, cost, cost, "output"))
    return tuple(parts)


def settled(usage: Usage, model: Model, on: date, *, refused_unseen: bool = False) -> Cost:
    """The cost of a call whose usage the API reported; its amounts are None where a term is."""
    if refused_unseen:
        return NOTHING_BILLED
    amount = _sum(terms(usage, model, on))
    return Cost(amount, amount, amount, "usage")


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
    upper = worst if seen.input_tokens is None else _sum(terms(high, model, on))
    return Cost(None, _sum(terms(low, model, on)), upper, "estimate")


def worst_case(request: Request, model: Model, on: date, unseen: int = 0) -> Picodollars | None:
    """The most that a call can cost, known before it is sent; None where a price is unknown.

    A token is at least a byte, so the body's bytes bound the input tokens, as does the model's context;
    pictures and PDF files count by what they hold. All of it counts as written to the cache where the body
    asks for caching. Images by URL or file are counted as their reference only, and web searches not at all.
    `unseen`: bytes that will stand in the body and do not yet.
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


def _sum(parts: Mapping[str, Picodollars | None]) -> Picodollars | None:
    return None if None in parts.values() else sum(parts.values())


def _rest(parts: Mapping[str, Picodollars | None], whole: Picodollars | None) -> dict[str, Any]:
    """The parts, the output being what the others leave of the whole."""
    others = _sum({**parts, "output": 0})
    return {**parts, "output": None if others is None or whole is None else whole - others}


def _stored(price: Mapping[str, Any]) -> Price:
    """A price as it is stored with a call: JSON, its numbers as text."""
    known = {field.name: price.get(field.name) for field in fields(Price)}
    amounts = {name: _decimal(known[name]) for name in known if name not in _NO_AMOUNTS}
    bands = tuple(_rates(band) for band in known["bands"] or ())
    return Price(**amounts, bands=bands, fast=_rates(known["fast"]) if known["fast"] else None)


_NO_AMOUNTS = ("since", "bands", "fast", "source")


def _rates(stored: Mapping[str, Any]) -> Rates:
    return Rates(stored["above"], _decimal(stored["input"]), _decimal(stored["output"]))


def _decimal(stored: Any) -> Decimal | None:
    return None if stored is None else Decimal(str(stored))
