"""A model's prices and limits in words, the same wherever a person reads them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from lab.models import Model, retiring


def row(model: Model, on: date) -> dict[str, str]:
    """What it costs on a day, in US dollars per million tokens, and how much it takes."""
    price = model.price(on)
    rates = price.rates(0) if price else None
    read = price.input * price.cache_read if price and price.input and price.cache_read else None
    return {
        "model": model.id,
        "in": _money(rates and rates.input),
        "out": _money(rates and rates.output),
        "cached": _money(read),
        "context": _size(model.context),
        "max": _size(model.max_output),
        "effort": model.effort_default or "–",
        "thinks": model.thinking_default or "–",
    }


def remarks(model: Model, on: date) -> str:
    """When it ends, what is dear, who may use it, where it is asked; nothing where nothing is to be said."""
    end = retiring(model, on)
    bands = [
        f"dearer above {band.above:,} prompt tokens" for price in model.prices[-1:] for band in price.bands
    ]
    restricted = ["restricted access"] if model.restricted else []
    endpoint = [f"at {model.endpoint}"] if model.endpoint else []
    ends = [end.removeprefix(f"{model.id} ").rstrip(".")] if end else []
    return "; ".join([*ends, *bands, *restricted, *endpoint])


def _money(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"${amount.normalize():f}"


def _size(tokens: int | None) -> str:
    if tokens is None:
        return "unknown"
    return f"{tokens / 1_000_000:g}M" if tokens >= 1_000_000 else f"{tokens / 1000:g}k"
