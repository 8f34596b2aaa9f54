"""Recorded answers of checks: which there are, whether they are all, and which are not needed any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lab.cli import Group
from lab.cli._out import note, say, say_json
from lab.cli._table import table

if TYPE_CHECKING:
    from lab.evals import Survey


@click.group(cls=Group, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the recordings of datasets, verify them, or prune them.

    `lab check NAME --record` makes them; without a key `lab check NAME` replays them.
    """
    if ctx.invoked_subcommand is None:
        raise SystemExit(_list(as_json))
    if as_json:
        raise click.UsageError(f"Options of `{ctx.invoked_subcommand}` stand after it.", ctx)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def listing(as_json: bool) -> None:
    """List how many there are, of which models, made when and from what, and how many are not used."""
    raise SystemExit(_list(as_json))


@command.command()
@click.argument("names", nargs=-1, metavar="[DATASET]...")
def verify(names: tuple[str, ...]) -> None:
    """Check that every call a dataset would make now is recorded; without a name, of all with recordings.

    Exit code 0: all are, 1: some are not, 2: a file is broken.
    """
    code = 0
    for file, found in _surveys(names):
        if isinstance(found, str):
            note(found)
            code = 2
        elif found.missing:
            code = max(code, 1)
            for sentence in found.missing.values():
                say(f"✗ {sentence}")
            many = "1 case lacks" if len(found.missing) == 1 else f"{len(found.missing):,} cases lack"
            note(f"{file.stem}: {many} a recording.")
        else:
            unused = f"; {len(found.unused):,} are not used" if found.unused else ""
            note(f"{file.stem}: all that it asks is recorded, {len(found.recordings):,} answers{unused}.")
    raise SystemExit(code)


@command.command()
@click.argument("names", nargs=-1, metavar="[DATASET]...")
def prune(names: tuple[str, ...]) -> None:
    """Take out what a dataset, as it is now, does not use; without a name, of all that have recordings."""
    from lab.evals import prune

    code = 0
    for file, found in _surveys(names):
        if isinstance(found, str):
            note(found)
            code = 2
            continue
        gone = prune(file, found)
        note(f"{file.stem}: {gone:,} of {len(found.recordings):,} taken out.")
        if left := len(found.unused) - gone:
            note(f"{file.stem}: {left:,} more are of cases that lack a recording. Record these first.")
    raise SystemExit(code)


def _surveys(names: Sequence[str]) -> list[tuple[Path, Survey | str]]:
    """Of each dataset's file what was found out, or the sentence that says why nothing can be."""
    from lab import evals
    from lab.cli._opened import principal, settings
    from lab.cli._signals import run
    from lab.errors import BadInput

    chosen, folder = settings(), Path.cwd()
    files = evals.files(folder, names) if names else evals.recorded(folder)
    found: list[tuple[Path, Survey | str]] = []
    with evals.aside(chosen, folder) as lab:
        for file in files:
            try:
                survey = evals.survey(lab, principal(chosen), evals.load(file))
                found.append((file, run(survey)))
            except BadInput as error:
                found.append((file, str(error)))
    return found


def _list(as_json: bool) -> int:
    from lab.errors import BadInput

    try:
        surveys = _surveys(())
    except BadInput as error:
        note(str(error))
        return 0
    rows = {file: _row(file, found) for file, found in surveys if not isinstance(found, str)}
    if as_json:
        say_json(list(rows.values()))
    elif rows:
        say(table([_cells(row) for row in rows.values()]))
    for _, found in surveys:
        if isinstance(found, str):
            note(found)
    return 0 if len(rows) == len(surveys) else 2


def _row(file: Path, found: Survey) -> dict[str, Any]:
    days = sorted(each.day for each in found.recordings)
    return {
        "dataset": file.stem,
        "answers": len(found.recordings),
        "models": sorted({each.reply.model for each in found.recordings}),
        "from": sorted({each.reply.source for each in found.recordings}),
        "recorded": sorted({days[0], days[-1]}) if days else [],
        "unused": len(found.unused),
        "cases that lack one": len(found.missing),
    }


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    shown = {**row, "recorded": _age(row["recorded"])}
    return {
        name: ", ".join(value) or "–" if isinstance(value, list) else str(value)
        for name, value in shown.items()
    }


def _age(days: Sequence[str]) -> str:
    """When the oldest was recorded, and how long ago that is."""
    if not days:
        return "–"
    ago = (datetime.now(UTC).date() - date.fromisoformat(days[0])).days
    return f"{days[0]} ({'today' if ago < 1 else '1 day ago' if ago == 1 else f'{ago:,} days ago'})"
