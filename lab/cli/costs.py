"""What calls cost, over some days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lab.store import Row, Spent

BY = ("day", "model", "prompt", "origin", "run")
KINDS = ("real", "simulated", "replayed")


@click.command()
@click.option(
    "--days", type=click.IntRange(1, 3660), default=30, show_default=True, help="So many, with today."
)
@click.option("--by", type=click.Choice(BY), default="model", show_default=True, help="What to add up.")
@click.option(
    "--kind", type=click.Choice(KINDS), help="What answered; else the first of these that there is."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: every kind, added up in every way.")
def command(days: int, by: str, kind: str | None, as_json: bool) -> None:
    """Add up what calls cost: by day, model, prompt version, origin or run.

    Real calls, simulated ones and replays are never added up. What has no known price is counted apart, never
    as 0; what was cut off is an estimate: at least this, at most that.
    """
    from lab import store
    from lab.cli import _opened
    from lab.cli._out import say_json

    chosen = _opened.settings()
    zone = datetime.now().astimezone().tzinfo
    last = datetime.now(zone).date()
    span = store.days(last - timedelta(days=days - 1), last, zone)
    with _opened.store(chosen) as opened:
        rows = store.spending(opened.read, _opened.principal(chosen), span)
    if as_json:
        about = {"from": span[0][0].isoformat(), "to": last.isoformat()}
        say_json(about | {each: _whole([row for row in rows if row.kind == each]) for each in KINDS})
    else:
        there = [each for each in KINDS if any(row.kind == each for row in rows)]
        _tell(rows, by, kind or next(iter(there), "real"), there, days)


def _whole(rows: Sequence[Row]) -> dict[str, Any]:
    from lab import store

    split = {by: [{by: name, **_json(one)} for name, one in store.split(rows, by).items()] for by in BY}
    return {"together": _json(store.added(row.spent for row in rows)), **split}


def _json(spent: Spent) -> dict[str, Any]:
    from dataclasses import asdict

    from lab.cost import DOLLAR

    amounts, known = ("cost", "floor", "upper"), spent.calls > spent.unknown + spent.running
    return {
        f"{name}_usd" if name in amounts else name: (value / DOLLAR if known else None)
        if name in amounts
        else value
        for name, value in asdict(spent).items()
    }


def _tell(rows: Sequence[Row], by: str, kind: str, there: Sequence[str], days: int) -> None:
    from lab import store
    from lab.cli._out import note, say
    from lab.cli._table import table

    shown = [row for row in rows if row.kind == kind]
    if not shown:
        note(f"No {kind} calls in {days} days. `lab costs --days 365` looks further back.")
    else:
        split = store.split(shown, by)
        together = store.added(row.spent for row in shown)
        lines = [_line(by, name or "(none)", spent) for name, spent in split.items()]
        say(table([*lines, _line(by, "together", together)]))
        for model, spent in store.split(shown, "model").items():
            if spent.unknown:
                note(f"{model}: the price of {spent.unknown:,} calls is not known; they are in no sum.")
        if kind == "simulated":
            note("SIMULATED: nobody was billed. This is what Claude would have cost.")
    if others := [each for each in there if each != kind]:
        note(f"There are also {' and '.join(others)} calls: --kind {others[0]}")


def _line(by: str, name: str, spent: Spent) -> dict[str, str]:
    from lab import figures

    return {
        by: name,
        "calls": f"{spent.calls:,}",
        "in": f"{spent.tokens_in:,}",
        "out": f"{spent.tokens_out:,}",
        "cost": figures.spending(spent.least, spent.most, spent.unknown),
    }
