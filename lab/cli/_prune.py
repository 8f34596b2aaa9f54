"""How long the log is kept, and how large its file is."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab.cli._line import Line
from lab.cli._out import note, say
from lab.errors import BadInput

if TYPE_CHECKING:
    from lab.config import Settings
    from lab.store import Plan

DAYS = {"d": 1, "w": 7, "y": 365}
LONGEST = 36_500
MB = 2**20


@click.command()
@click.option("--older-than", "age", metavar="AGE", help="As 90d, 12w or 1y; else what `keep_days` says.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def prune(age: str | None, dry_run: bool, yes: bool) -> None:
    """Take old calls out of the log, for good.

    It first says what goes and what stays. Calls go in small steps while others write; sums, runs of checks,
    and whatever is flagged, pinned or not settled stay.
    """
    from lab.cli._opened import store
    from lab.evals import made_of
    from lab.store import Pruning, pieces

    chosen = opened()
    days = _days(age, chosen.keep_days)
    origins = made_of(Path.cwd())
    if origins.unread and not dry_run:
        raise BadInput(f"{origins.unread[0]} Calls that became its cases would not be known, so none go.")
    before = datetime.now(UTC) - timedelta(days=days)
    with store(chosen) as database, pieces(database.path) as work, Line() as line:
        pruning = Pruning(work, before, origins.cases)
        plan = pruning.plan()
        say(_planned(plan, days))
        if dry_run or not plan.calls + plan.conversations + plan.texts:
            return
        asked(yes, "Take them out for good?")
        gone = pruning.gone
        for _ in pruning.go():
            line.say(lambda: f"{gone['calls']:,} of {plan.calls:,} calls, {gone['texts']:,} texts")
    note(
        f"Gone: {', '.join(many(number, thing[:-1]) for thing, number in gone.items())}."
        " Their room is used for what comes; `lab logs compact` gives it back to the disk."
    )


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def compact(yes: bool) -> None:
    """Write the database anew, as small as it can be.

    Meanwhile no other lab can write: its new calls are not made.
    """
    from lab.cli._opened import store
    from lab.store import compacted, pieces

    chosen = opened()
    note(f"{chosen.db} has {chosen.db.stat().st_size / MB:,.1f} MB. Nothing else can write to it meanwhile.")
    asked(yes, "Write it anew?")
    with store(chosen) as database, pieces(database.path) as work:
        for _ in compacted(work):
            pass
    note(f"It has {chosen.db.stat().st_size / MB:,.1f} MB now.")


def opened() -> Settings:
    """The settings, where there is a log. Raises BadInput."""
    from lab.cli._opened import no_calls, settings

    chosen = settings()
    if not chosen.db.exists():
        raise BadInput(no_calls(chosen.db))
    return chosen


def asked(yes: bool, question: str) -> None:
    """Ask the person, where there is one. Raises BadInput and Abort."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise BadInput(f"This asks first: {question} Add --yes where nobody can answer.")
    click.confirm(question, abort=True, err=True)


def _days(age: str | None, setting: int) -> int:
    """Raises BadInput where nothing says it, or wrongly."""
    if age is None:
        if not setting:
            raise BadInput("How old? Say --older-than 90d, or set keep_days in lab.toml.")
        return setting
    found = re.fullmatch(r"([1-9][0-9]{0,4})([dwy])", age)
    days = int(found[1]) * DAYS[found[2]] if found else 0
    if not 0 < days <= LONGEST:
        raise BadInput(f"--older-than takes days, weeks or years as 90d, 12w or 1y, not '{age[:40]}'.")
    return days


def _planned(plan: Plan, days: int) -> str:
    """What goes and what stays."""
    going = f"{many(plan.calls, 'call')} and {many(plan.conversations, 'conversation')}"
    lines = [
        f"{going} older than {many(days, 'day')} may go, and {many(plan.texts, 'text')} that nothing else"
        f" names ({plan.bytes / MB:,.1f} MB)."
    ]
    if plan.stay:
        stay = ", ".join(f"{count:,} {why}" for why, count in plan.stay.items())
        lines.append(f"{many(sum(plan.stay.values()), 'call')} as old must stay: {stay}.")
    lines.append("Sums of costs and health, runs, flags and baselines stay.")
    return "\n".join(lines)


def many(number: int, thing: str) -> str:
    """`1 call`, `2 calls`, `2 runs of a check`."""
    first, _, rest = thing.partition(" ")
    return f"{number:,} {first}{'' if number == 1 else 's'}{f' {rest}' if rest else ''}"
