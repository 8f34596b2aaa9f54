"""Pausing calls."""

from __future__ import annotations

import click

from lab.cli._out import note, say, say_json


@click.command()
@click.argument("prompt", required=False)
@click.option("--because", metavar="TEXT", help="Why; whoever is told that calls are paused reads it.")
@click.option("--until", metavar="TIME", help="When they go on by themselves: 90m, 2h, 18:00, 2026-12-01.")
@click.option("--list", "listed", is_flag=True, help="Only say what is paused.")
@click.option("--json", "as_json", is_flag=True, help="Print what is paused as JSON.")
def command(prompt: str | None, because: str | None, until: str | None, listed: bool, as_json: bool) -> None:
    """Pause new calls: all of them, those with a prompt, or with one version of it.

    Whoever asks is told who paused them, since when and why; nothing is sent. Calls under way come to their
    end. It holds in every process that has this database, at once and until `lab resume`.

    \b
      lab pause --because "wrong prices in the answers"
      lab pause support@3 --until 2h
    """
    if listed and (prompt is not None or because or until):
        raise click.UsageError("--list pauses nothing: leave the rest out.", click.get_current_context())
    import asyncio
    from dataclasses import asdict
    from pathlib import Path

    from lab import clock, store
    from lab.cli import _opened
    from lab.prompts import named

    chosen = _opened.settings()
    what = named(Path("prompts"), prompt) if prompt is not None else (None, None)
    end = clock.later(until, clock.now()) if until else None
    with _opened.store(chosen) as database:
        if not listed:
            write = store.paused(*what, _opened.principal(chosen), because, end)
            asyncio.run(database.commit(write))
        found = store.pauses(database.read)
    if as_json:
        say_json([asdict(each) for each in found])
    for each in () if as_json else found:
        say(f"{each.sentence} To resume: {each.end}")
    if listed and not found:
        note("Nothing is paused.")
