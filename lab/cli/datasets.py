"""The team's datasets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from lab.cli import Group
from lab.cli._out import note, say, say_json
from lab.cli._table import clipped, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 60
"""Columns of a terminal for a question in a table."""
SHOWN = 20
"""Near-duplicates, as many as are shown."""


def _folder() -> Path:
    return Path.cwd() / "datasets"


def _path(name: str) -> Path:
    """The file of a dataset, by its name or path."""
    from lab.evals import files

    return files(Path.cwd(), [name])[0]


@click.group(cls=Group, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List and show datasets, add cases from the log, have a model propose some.

    A dataset is named as in `lab check`: `support-check`, or a path.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(listing, as_json=as_json)
    elif ctx.get_parameter_source("as_json") is ParameterSource.COMMANDLINE:
        raise click.UsageError(f"Options of `{ctx.invoked_subcommand}` stand after it.", ctx)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def listing(as_json: bool) -> None:
    """List all datasets: their cases, graders, tags, and last run; of a broken one why it is."""
    from dataclasses import asdict

    from lab import figures
    from lab.cli._opened import principal, settings, store
    from lab.evals import listing as lists

    chosen = settings()
    with store(chosen) as database:
        found = lists.entries(_folder(), database.read, principal(chosen))
    if as_json:
        say_json([asdict(entry) for entry in found])
    elif not found:
        note("There are no datasets in the folder datasets. Write one: docs/datasets.md says how.")
    else:
        rows = [
            {
                "dataset": entry.name,
                "cases": "broken" if entry.error else f"{entry.cases:,}",
                "proposed": f"{entry.proposals:,}" if entry.proposals else "",
                "last run": f"{entry.run['state']} {figures.local_time(entry.run['started_at'])}"
                if entry.run
                else "",
                "splits": _counts(entry.splits),
                "graders": clipped(", ".join(entry.graders), WIDTH),
                "tags": clipped(_counts(entry.tags), WIDTH),
            }
            for entry in found
        ]
        say(table(rows))
        for entry in found:
            if entry.error:
                note(f"{entry.name} is broken: {entry.error}")


@command.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, as_json: bool) -> None:
    """Show one dataset: where its cases stand, their columns, graders, tags, splits and near-duplicates."""
    from lab.cli._opened import principal, settings, store
    from lab.evals import duplicates, editing, load, proposals, sight
    from lab.evals import listing as lists

    path, chosen = _path(name), settings()
    found, grid = load(path), editing.grid(path)
    tags, splits = lists.counted(found)
    with store(chosen) as database:
        sees = sight.sight(database.read, principal(chosen), found)
    shown = {
        "name": found.name,
        "description": " ".join(found.description.split()),
        "file": str(path),
        "cases": len(found.cases),
        "stand in": str(grid.file),
        "columns": list(grid.columns),
        "prompts": list(found.prompts),
        "models": list(found.models),
        "graders": [grader.name for grader in found.graders],
        "tags": tags,
        "splits": splits,
        "several turns": sum(bool(case.turns) for case in found.cases),
        "with files": sum(bool(case.files) for case in found.cases),
        "near-duplicates": len(duplicates.duplicates(found.cases)),
        "proposed": len(proposals.waiting(path)),
        "can see": sees.drop if sees else "",
        "hash": found.hash,
    }
    if as_json:
        say_json(shown)
        return
    for key, value in shown.items():
        said = _counts(value) if isinstance(value, dict) else value
        said = ", ".join(said) if isinstance(said, list) else said
        if said not in ("", 0) or key == "cases":
            say(f"{key:<16}{said:,}" if isinstance(said, int) else f"{key:<16}{said}")


@command.command("duplicates")
@click.argument("name")
@click.option("-n", "--limit", type=click.IntRange(1), default=SHOWN, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, all of them.")
def near(name: str, limit: int, as_json: bool) -> None:
    """Show the cases that nearly repeat an earlier one: at least 80 % of the words of both are the same."""
    from dataclasses import asdict

    from lab.evals import duplicates, load

    found = load(_path(name))
    pairs = duplicates.duplicates(found.cases)
    if as_json:
        say_json([asdict(pair) for pair in pairs])
        return
    texts = {case.id: case.input for case in found.cases}
    if pairs:
        rows = [
            {
                "case": pair.case,
                "like": pair.like,
                "same": f"{pair.share:.0%}",
                "asks": clipped(texts[pair.case], WIDTH),
            }
            for pair in sorted(pairs, key=lambda pair: -pair.share)[:limit]
        ]
        say(table(rows))
    more = f", the nearest {limit} are shown" if len(pairs) > limit else ""
    of = (
        f"of the {len(found.cases):,} cases nearly repeat an earlier one (80 % of their words or more){more}."
    )
    note(f"{len(pairs):,} {of}")


@command.command()
@click.argument("name")
@click.argument("call")
@click.option("--expect", multiple=True, metavar="[COLUMN=]TEXT", help="What the answer is held against.")
@click.option("--id", metavar="ID", help="The case's name; else that of the call.")
def add(name: str, call: str, expect: tuple[str, ...], id: str | None) -> None:
    """Make a logged call a case: `last`, or an id that `lab logs` shows. The column `from` names the call.

    Turns before the question and files that went along become part of the case.
    """
    from lab.cli._datasets import add_call

    add_call(_path(name), call, expect, id)


@command.command()
@click.argument("name")
@click.option("-n", "--count", type=click.IntRange(1, 500), default=20, show_default=True, help="How many.")
@click.option("--about", metavar="TEXT", help="What the cases should be about.")
@click.option("-m", "--model", metavar="ID", help="Who writes them; else the lab's model.")
@click.option("--yes", is_flag=True, help="Do not ask before it costs something.")
def generate(name: str, count: int, about: str | None, model: str | None, yes: bool) -> None:
    """Have a model propose cases. No check asks them before you accept them: `lab datasets review`."""
    from lab.cli._datasets import generate_cases

    raise SystemExit(generate_cases(_path(name), count, about, model, yes))


@command.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def review(name: str, as_json: bool) -> None:
    """List the cases that are proposed for a dataset, whole with --json."""
    from lab.cli._datasets import show_proposals

    show_proposals(_path(name), as_json)


@command.command()
@click.argument("name")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="All of them.")
def accept(name: str, ids: Sequence[str], every: bool) -> None:
    """Make proposed cases part of the dataset."""
    from lab.cli._datasets import chosen
    from lab.evals import proposals

    path = _path(name)
    ids = chosen(path, ids, every)
    done = proposals.accept(path, ids)
    for word in done.notes:
        note(word)
    note(f"Accepted {len(ids):,}: {path.stem} has {len(done.dataset.cases):,} cases, in {done.file}.")


@command.command()
@click.argument("name")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="All of them.")
def reject(name: str, ids: Sequence[str], every: bool) -> None:
    """Take proposed cases away."""
    from lab.cli._datasets import chosen
    from lab.evals import proposals

    path = _path(name)
    ids = chosen(path, ids, every)
    proposals.reject(path, ids)
    note(f"Rejected {len(ids):,}; {len(proposals.waiting(path)):,} wait for a review.")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
