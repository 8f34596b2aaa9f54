"""Letting paused calls go on."""

from __future__ import annotations

import click

from lab.cli._out import note


@click.command()
@click.argument("prompt", required=False)
def command(prompt: str | None) -> None:
    """Let calls go on that were paused: by `lab pause` without a name, or with the one that it was given."""
    import asyncio

    from lab import store
    from lab.cli import _opened
    from lab.errors import BadInput

    chosen = _opened.settings()
    with _opened.store(chosen) as database:
        there = store.pauses(database.read)
        found = next((each for each in there if each.ref == (prompt or "")), None)
        if found is None:
            what = f"with {prompt} are" if prompt else "as a whole are"
            others = ", ".join(each.end for each in there)
            advice = f"What is paused goes on with: {others}" if others else "Nothing is paused."
            raise BadInput(f"Calls {what} not paused. {advice}")
        asyncio.run(database.commit(store.resumed(found.prompt, found.version, _opened.principal(chosen))))
    note(f"New calls {f'with {found.ref} ' if found.ref else ''}are made again.")
    for each in there:
        if each != found:
            note(f"Still: {each.sentence} To resume: {each.end}")
