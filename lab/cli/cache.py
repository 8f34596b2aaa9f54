"""What the API's prompt cache did."""

from __future__ import annotations

import click

from lab.cli._out import say, say_json


@click.command()
@click.argument("call")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(call: str, as_json: bool) -> None:
    """Say why a CALL read less from the API's cache than it could have; `last` is the newest."""
    from lab import cache, store
    from lab.cli import _missed, _opened
    from lab.models import catalogue

    chosen = _opened.settings()
    with _opened.store(chosen) as opened:
        who = _opened.principal(chosen)
        found = store.call(opened.read, who, _opened.call_named(opened, who, call))
        why = cache.explain(opened.read, who, found, catalogue(chosen.models))
    if as_json:
        say_json({"call": found["id"], "said": why} if isinstance(why, str) else _missed.data(why))
    else:
        say(why if isinstance(why, str) else _missed.text(found, why))
