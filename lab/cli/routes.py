"""Rules that send turns to other models."""

from __future__ import annotations

from pathlib import Path

import click

from lab.cli import Group


@click.group(cls=Group, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the rules of lab.toml that pick a model for each turn, or try rules on what is there."""
    if ctx.invoked_subcommand is None:
        from lab.cli._routes import listing

        listing(as_json)


@command.command("try")
@click.option("--run", "run", metavar="RUN", help="A check that asked all models; `last` is the newest.")
@click.option("--since", metavar="DAYS", type=click.IntRange(1), help="Only turns of so many days.")
@click.option(
    "--file", type=click.Path(path_type=Path), metavar="FILE", help="Rules that are not in lab.toml."
)
@click.option("-m", "--model", metavar="ID", help="The model that is asked where no rule fits.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def trial(run: str | None, since: int | None, file: Path | None, model: str | None, as_json: bool) -> None:
    """Say what the rules would do: with logged conversations, or with the cases of a check.

    Nothing is asked for it. The log tells how many turns would move, what that saves and how often such turns
    are followed by another question; a check that asked all models tells what it does to the quality.

    \b
      lab routes try --since 30
      lab check support-check -m claude-sonnet-5-5 -m claude-haiku-5-5
      lab routes try --run last --file cheaper.toml
    """
    from lab.cli._routes import on_log, on_run, read

    rules = read(file)
    on_run(rules, run, model, as_json) if run else on_log(rules, since, as_json)
