"""The catalogue of models."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from lab.cli._out import say, say_json
from lab.cli._table import table

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from lab.models import Model


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """List models, prices and limits.

    Prices (in, out, cached) are US dollars per million tokens; context and max are the tokens that a model
    reads and writes at most; effort and thinks are what it does unasked.
    """
    from lab.cli._opened import settings
    from lab.engine import today
    from lab.models import catalogue

    models = catalogue(settings().models).values()
    if as_json:
        say_json([asdict(model) for model in models])
        return
    say(table([_row(model, today()) for model in models]))
    notes = [f"{model.id}: {note}" for model in models if (note := _note(model, today()))]
    if notes:
        say("\n" + "\n".join(notes))


def _row(model: Model, today: date) -> dict[str, str]:
    price = model.price(today)
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


def _money(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"${amount.normalize():f}"


def _size(tokens: int | None) -> str:
    if tokens is None:
        return "unknown"
    return f"{tokens / 1_000_000:g}M" if tokens >= 1_000_000 else f"{tokens / 1000:g}k"


def _note(model: Model, today: date) -> str:
    from lab.models import retiring

    end = retiring(model, today)
    bands = [
        f"dearer above {band.above:,} prompt tokens" for price in model.prices[-1:] for band in price.bands
    ]
    restricted = ["restricted access"] if model.restricted else []
    endpoint = [f"at {model.endpoint}"] if model.endpoint else []
    return "; ".join(
        [*([end.removeprefix(f"{model.id} ").rstrip(".")] if end else []), *bands, *restricted, *endpoint]
    )
