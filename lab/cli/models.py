"""The catalogue of models."""

from __future__ import annotations

from dataclasses import asdict

import click

from lab.cli._out import say, say_json
from lab.cli._table import table


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """List models, prices and limits.

    Prices (in, out, cached) are US dollars per million tokens; context and max are the tokens that a model
    reads and writes at most; effort and thinks are what it does unasked.
    """
    from lab import pricelist
    from lab.cli._opened import settings
    from lab.engine import today
    from lab.models import catalogue

    models = catalogue(settings().models).values()
    if as_json:
        say_json([asdict(model) for model in models])
        return
    say(table([pricelist.row(model, today()) for model in models]))
    notes = [f"{model.id}: {note}" for model in models if (note := pricelist.remarks(model, today()))]
    if notes:
        say("\n" + "\n".join(notes))
