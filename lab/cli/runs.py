"""Runs of checks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from lab.cli import Group
from lab.cli._out import note, say, say_json
from lab.cli._table import table

if TYPE_CHECKING:
    from lab.evals import reports

KINDS = "Write .html, .md, .junit.xml, .json, .csv, .jsonl or .run.jsonl."
AGAINST = "The run that it is compared with, `last` for the one before it, or `none`."


@click.group(cls=Group, invoke_without_command=True)
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many runs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, limit: int, as_json: bool) -> None:
    """List the runs of checks, show one, or delete one."""
    if ctx.invoked_subcommand is None:
        _list(limit, as_json)
    elif any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in ctx.params):
        raise click.UsageError(f"Options of `{ctx.invoked_subcommand}` stand after it.", ctx)


@command.command("list")
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many runs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def listing(limit: int, as_json: bool) -> None:
    """List the newest runs, newest first."""
    _list(limit, as_json)


@command.command()
@click.argument("id")
@click.option("--against", metavar="RUN", default="last", show_default=True, help=AGAINST)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(id: str, against: str, as_json: bool) -> None:
    """Show a run's answers, what changed and why those that failed did; `last` is the newest."""
    from lab.cli._opened import principal, run_named, settings, store
    from lab.evals import reports

    chosen = settings()
    with store(chosen) as database:
        who = principal(chosen)
        found = reports.subject(database.read, who, run_named(database, who, id), against)
    say_json(found.run) if as_json else say(_whole(found))


@command.command()
@click.argument("id")
@click.option("--output", "outputs", multiple=True, required=True, type=click.Path(path_type=Path),
              metavar="FILE", help=KINDS)  # fmt: skip
@click.option("--against", metavar="RUN", default="last", show_default=True, help=AGAINST)
def report(id: str, outputs: tuple[Path, ...], against: str) -> None:
    """Write reports of a run that is kept, without running it again; `last` is the newest.

    \b
      lab runs report last --output report.html --output report.csv
    """
    from lab.cli._opened import principal, run_named, settings, store
    from lab.evals import reports

    chosen = settings()
    with store(chosen) as database:
        who = principal(chosen)
        found = reports.subject(database.read, who, run_named(database, who, id), against)
        (files,) = reports.wanted(database.read, who, [found.run["dataset"]], outputs, against)
        reports.write(files, found)
    for file in files:
        note(f"Written: {file}")


@command.command()
@click.argument("id")
@click.argument("dataset", required=False, type=click.Path(path_type=Path))
@click.option("--no-judges", is_flag=True, help="Ask no judges: what they would say is left open.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask first, whatever judges cost.")
@click.option("--output", "outputs", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help=KINDS)  # fmt: skip
@click.option("--against", metavar="RUN", default="last", show_default=True, help=AGAINST)
@click.option("--json", "as_json", is_flag=True, help="Print the new run as JSON.")
def regrade(
    id: str,
    dataset: Path | None,
    no_judges: bool,
    yes: bool,
    outputs: tuple[Path, ...],
    against: str,
    as_json: bool,
) -> None:
    """Grade a run's saved answers again, by its dataset as that is now, or by another DATASET file.

    The grades are kept as a run of their own, and the exit code is its verdict's. Only judges are asked
    anything; `last` is the newest run.

    \b
      lab runs regrade last
      lab runs regrade last datasets/stricter.yaml --no-judges
    """
    from lab.cli._check import regrade as graded
    from lab.cli._price import Asking

    raise SystemExit(graded(id, dataset, not no_judges, outputs, against, as_json, Asking(yes=yes)))


@command.command()
@click.argument("id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(id: str, yes: bool) -> None:
    """Delete a run and its grades. Its calls stay in the log: they were made and paid for."""
    from lab.cli._opened import principal, settings, store
    from lab.errors import BadInput
    from lab.store import delete_run, run

    chosen = settings()
    with store(chosen) as database:
        found = run(database.read, principal(chosen), id)
        if found["state"] == "running":
            raise BadInput(f"Run {id} still goes on. End it first.")
        if found["batches"]:
            raise BadInput(f"Run {id} is out in a batch. Collect it first: lab check --resume {id}")
        if not yes:
            if not sys.stdin.isatty():
                raise BadInput(f"Deleting run {id} asks first. Add --yes where nobody can answer.")
            click.confirm(f"Delete run {id} of {found['dataset']}?", abort=True, err=True)
        database.post(delete_run(id))
        database.flush()
    note(f"Run {id} is deleted.")


def _list(limit: int, as_json: bool) -> None:
    from lab import figures
    from lab.cli._opened import principal, settings, store
    from lab.evals import about
    from lab.store import runs

    chosen = settings()
    with store(chosen) as database:
        found = runs(database.read, principal(chosen), limit)
    if as_json:
        say_json(found)
        return
    if not found:
        note("There are no runs yet. Make one: lab check support-check --sim")
        return
    rows = [
        {
            "run": run["id"],
            "when": figures.local_time(run["started_at"]),
            "dataset": run["dataset"],
            "state": run["state"] + _beside(run),
            "source": run["source"],
            "cases": about(run),
            "pass rates": ", ".join(_rate(score) for score in (run["summary"] or {}).get("scores", [])),
        }
        for run in found
    ]
    say(table(rows))


def _beside(run: dict) -> str:
    """Which run's answers it graded, where they are not its own, and whether it is out in a batch."""
    other = run["settings"].get("regraded")
    return f", regrades {other}" if other else ", out in a batch" if run["batches"] else ""


def _rate(score: dict) -> str:
    return f"{score['variant']} {'–' if score['rate'] is None else format(score['rate'], '.1%')}"


def _whole(subject: reports.Subject) -> str:
    from lab import figures
    from lab.evals import about, reports

    run = subject.run
    head = f"Run {run['id']} · {figures.local_time(run['started_at'])} · {run['user']} · {about(run)}\n\n"
    return head + reports.page(subject)
