"""What others made, taken in."""

from __future__ import annotations

from pathlib import Path

import click

from lab.cli import Group
from lab.cli._out import note, say


@click.group(cls=Group)
def command() -> None:
    """Take in what was made elsewhere."""


@command.command("run")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
def run(files: tuple[Path, ...]) -> None:
    """Take in runs of checks that another lab made, from files that `--output x.run.jsonl` wrote.

    A run keeps its id: taken in twice it is there once. With a broken file among them, nothing is taken in.

    \b
      lab import run support-check.run.jsonl
    """
    from lab import evals
    from lab.cli._opened import principal, settings, store

    chosen = settings()
    with store(chosen) as database:
        parcels = [evals.read_run(file, database.read) for file in files]
        for parcel in parcels:
            new = evals.add_run(database, principal(chosen), parcel)
            note(f"{parcel.file}: " + ("taken in." if new else "it is there already."))
            say(parcel.run["id"])
