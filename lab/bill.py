"""The bill of a call in the log, by the price that was stored with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from lab.cost import TERMS, counts, settled, terms, whole
from lab.models import Model, Price, Rates
from lab.types import Picodollars, Terms, Usage


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
    amounts = (low["output"] or 0, whole(low), whole(high))
    if basis is None or amounts[0] < 0 or amounts[1:] != (call["cost_floor"], call["cost_upper"]):
        return ()
    parts = [Part(name, count[name], low[name], high[name]) for name in TERMS]
    if count["output"] and usage.thinking_tokens:
        only = replace(usage, output_tokens=usage.thinking_tokens)
        cost = terms(only, model, date.max, refused_unseen=basis == "none")["output"]
        parts.insert(TERMS.index("output") + 1, Part("thinking", usage.thinking_tokens, cost, cost, "output"))
    return tuple(parts)


def logged_terms(attempt: Mapping[str, Any], price: Mapping[str, Any], model: Model) -> Terms | None:
    """The terms of an attempt in the log, by the price that was stored with its call; None where they do not
    add up to its cost."""
    usage = Usage(**{name: attempt[name] for name in Usage.__slots__})
    found = settled(usage, replace(model, prices=(_stored(price),)), date.max)
    return found.terms if found.amount == attempt["cost"] else None


def _rest(parts: Mapping[str, Picodollars | None], amount: Picodollars | None) -> dict[str, Any]:
    """The parts, the output being what the others leave of the whole amount."""
    others = whole({**parts, "output": 0})
    return {**parts, "output": None if others is None or amount is None else amount - others}


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
