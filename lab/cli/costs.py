"""What calls cost, over some days, and why that rose."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from lab.cli import Group

if TYPE_CHECKING:
    from lab.store import Day

BY = ("model", "prompt", "use", "origin", "source", "user", "conversation", "run", "day")
KINDS = ("real", "simulated", "replayed")
LONGEST = 3660
"""Days that are added up, at most."""

_DAY = click.DateTime(["%Y-%m-%d"])
_KIND = click.option(
    "--kind", type=click.Choice(KINDS), help="What answered; else the first of these that there is."
)


@click.group(cls=Group, invoke_without_command=True)
@click.option(
    "--days", type=click.IntRange(1, LONGEST), default=30, show_default=True, help="So many, with today."
)
@click.option("--from", "first", type=_DAY, metavar="DAY", help="The first day, as 2026-11-20.")
@click.option("--to", "last", type=_DAY, metavar="DAY", help="The last day; else today.")
@click.option("--by", type=click.Choice(BY), default="model", show_default=True, help="What to add up.")
@_KIND
@click.option("--json", "as_json", is_flag=True, help="Print JSON, of every kind.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.pass_context
def command(
    ctx: click.Context,
    days: int,
    first: datetime | None,
    last: datetime | None,
    by: str,
    kind: str | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Add up what calls cost: by day, model, prompt version, user, conversation, run, source or origin.

    Real calls, simulated ones and replays are never added up. What has no known price is counted apart, never
    as 0; what was cut off is an estimate: at least this, at most that.

    \b
      lab costs --by prompt
      lab costs --from 2026-11-01 --to 2026-11-14 --by user --csv
      lab costs why
    """
    given = [name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if ctx.invoked_subcommand is not None:
        if given:
            raise click.UsageError(f"Options of `{ctx.invoked_subcommand}` stand after it.", ctx)
        return
    if as_json and as_csv:
        raise click.UsageError("--json and --csv are two forms: choose one.", ctx)
    if "days" in given and first:
        raise click.UsageError("--days counts back from the last day: it does not go with --from.", ctx)
    from lab.cli import _opened, _spent

    end = last.date() if last else date.today()
    shown = _days(first.date() if first else end - timedelta(days=days - 1), end)
    chosen = _opened.settings()
    with _opened.store(chosen) as opened:
        _spent.say(
            opened.read, _opened.principal(chosen), shown, by, kind, "json" * as_json or "csv" * as_csv
        )


@command.command()
@click.option(
    "--from", "first", type=_DAY, metavar="DAY", help="The first day; else seven days up to the last."
)
@click.option("--to", "last", type=_DAY, metavar="DAY", help="The last day; else yesterday, which is over.")
@click.option(
    "--against", type=_DAY, metavar="DAY", help="From when to compare as many days; else those just before."
)
@_KIND
@click.option("--by", type=click.Choice(BY[:-1]), default="model", show_default=True, help="Where it rose.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def why(
    first: datetime | None,
    last: datetime | None,
    against: datetime | None,
    kind: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Explain why costs rose or fell: the last seven days against the seven before, or any others.

    Turns, models, tokens a turn, the cache and prices each have a share; together they are exactly the
    difference.

    \b
      lab costs why
      lab costs why --from 2026-11-16 --to 2026-11-22 --against 2026-11-02
    """
    from lab.cli import _opened, _why

    end = last.date() if last else date.today() - timedelta(days=first is None or first.date() < date.today())
    begin = first.date() if first else end - timedelta(days=6)
    after = _days(begin, end)
    before = against.date() if against else begin - timedelta(days=len(after))
    chosen = _opened.settings()
    with _opened.store(chosen) as opened:
        who = _opened.principal(chosen)
        _why.say(opened.read, who, _days(before, before + (end - begin)), after, kind, by, as_json)


def _days(first: date, last: date) -> list[Day]:
    """The days between two, here. Raises UsageError where there are none, or too many."""
    from lab import clock
    from lab.store import days

    many = (last - first).days + 1
    if many < 1:
        raise click.UsageError(f"The last day, {last}, comes before the first, {first}.")
    if many > LONGEST:
        raise click.UsageError(f"That is {many:,} days; at most {LONGEST:,} are added up.")
    return days(first, last, clock.zone())
