"""Message Batches that checks went out in."""

from __future__ import annotations

import sys
from typing import Any

import click
from click.core import ParameterSource

from lab.cli import Group
from lab.cli._out import note, say, say_json
from lab.cli._table import table


@click.group(cls=Group, invoke_without_command=True)
@click.option(
    "-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many batches."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, limit: int, as_json: bool) -> None:
    """List the batches of checks, or end one.

    `lab check --batch` makes them; `lab check --resume RUN` collects what has come back.
    """
    if ctx.invoked_subcommand is None:
        _list(limit, as_json)
    elif any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in ctx.params):
        raise click.UsageError(f"Options of `{ctx.invoked_subcommand}` stand after it.", ctx)


@command.command("list")
@click.option(
    "-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many batches."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def listing(limit: int, as_json: bool) -> None:
    """List the newest batches, newest first, and ask the API how those stand that are out."""
    _list(limit, as_json)


@command.command()
@click.argument("id")
def cancel(id: str) -> None:
    """Ask the API to end a batch early: what it has not answered by then is not billed.

    What it has answered is billed, and collected by `lab check --resume RUN`.
    """
    from lab.cli._opened import lab, principal, settings
    from lab.cli._signals import run
    from lab.engine import batches
    from lab.providers import Providers

    chosen = settings()
    with lab(chosen) as opened:
        row, providers = batches.batch_named(opened, principal(chosen), id), Providers(chosen)

        async def work() -> None:
            try:
                await batches.cancel(opened, providers, row)
            finally:
                await providers.close()

        run(work())
    note(f"The batch {id} is being cancelled. Collect what it answered: lab check --resume {row['run_id']}")


@command.command()
@click.argument("id")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def forget(id: str, yes: bool) -> None:
    """Give up a batch that the API does not know any more: its calls become of unknown outcome.

    They count at the most that they can have cost. `lab check --resume RUN --rerun-unknown` makes them again.
    """
    from lab.cli._opened import lab, principal, settings
    from lab.cli._signals import run
    from lab.engine import batches
    from lab.errors import BadInput

    chosen = settings()
    with lab(chosen) as opened:
        row = batches.batch_named(opened, principal(chosen), id)
        if not yes and not sys.stdin.isatty():
            raise BadInput(f"Giving up the batch {id} asks first. Add --yes where nobody can answer.")
        if not yes:
            click.confirm(f"Give up {row['requests']:,} requests that may be billed?", abort=True, err=True)
        run(batches.forget(opened, row))
    note(f"The batch {id} is given up.")


def _list(limit: int, as_json: bool) -> None:
    from lab import store
    from lab.cli._opened import lab, principal, settings
    from lab.cli._signals import run
    from lab.engine import batches
    from lab.providers import Providers

    chosen = settings()
    with lab(chosen) as opened:
        rows, providers = store.batches(opened.store.read, principal(chosen), limit=limit), Providers(chosen)

        async def work() -> dict[str, str]:
            try:
                return await batches.standings(opened, providers, rows)
            finally:
                await providers.close()

        said = run(work()) if any(row["state"] == "out" for row in rows) else {}
    found = [row | {"at_the_api": said.get(row["id"])} for row in rows]
    if as_json:
        say_json(found)
    elif found:
        say(table([_row(each) for each in found]))
    else:
        note("There are no batches yet. Make one: lab check support-check --sim --batch")


def _row(batch: dict[str, Any]) -> dict[str, str]:
    from lab import figures

    counts = {name: count for name, count in batch["counts"].items() if count}
    when, expires = (
        figures.local_time(batch[name]) if batch[name] else "–" for name in ("submitted_at", "expires_at")
    )
    return {
        "batch": batch["id"],
        "run": batch["run_id"],
        "dataset": batch["dataset"] or "(deleted)",
        "requests": f"{batch['requests']:,}",
        "state": batch["state"],
        "submitted": when,
        "expires": expires,
        "results": ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "–",
        "at the API": batch["at_the_api"] or batch["error"] or "–",
    }
