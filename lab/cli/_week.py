"""The weekly report on the objectives, as a command prints it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lab.config import Settings
    from lab.store import Connection
    from lab.types import Principal


def check(week: bool, markdown: bool, as_json: bool) -> None:
    """Refuse options that do not go together."""
    given = click.get_current_context().get_parameter_source
    if markdown and not week:
        raise click.UsageError("--markdown is for the weekly report: add --week.")
    if markdown and as_json:
        raise click.UsageError("Choose one of --markdown and --json.")
    for name in ("days", "by"):
        if week and given(name).name != "DEFAULT":
            raise click.UsageError(f"--week is about the last seven whole days: leave out --{name}.")


def report(
    read: Connection,
    who: Principal,
    chosen: Settings,
    where: Mapping[str, Any],
    today: datetime,
    exact: bool,
    markdown: bool,
    as_json: bool,
) -> None:
    """Print it, for the seven days that ended last midnight."""
    from lab import objectives
    from lab.cli._out import note, say, say_json
    from lab.cli._table import table
    from lab.engine import weekly

    wanted = objectives.objectives(chosen.objectives) or objectives.GUIDES
    last = today.date() - timedelta(days=1)
    week = weekly.week(read, who, wanted, last, today.tzinfo, where, exact)
    about = f"{where['kind'][0]}, {'product' if 'origin' in where else 'all'} traffic"
    if as_json:
        say_json(weekly.as_json(week) | {"kind": where["kind"][0]})
    elif markdown:
        say(weekly.as_markdown(week, about))
    else:
        say(table(weekly.told(week)))
        note(f"{week.first} to {week.last}, {about}: {week.calls:,} calls, {week.calls_before:,} before.")
        note(weekly.source(exact))
    if not chosen.objectives:
        note("These are what guides advise; give the team's own as [objectives.NAME] in lab.toml.", dim=True)
