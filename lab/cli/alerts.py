"""Alerts on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from lab.cli import Group
from lab.cli._out import note, say, say_json

if TYPE_CHECKING:
    from lab.alerts import Judgement
    from lab.store import Store, Write
    from lab.types import Principal

SEVERITIES = ("notice", "warning", "critical")
HISTORY = 20


@click.group(cls=Group, invoke_without_command=True)
@click.option(
    "--severity",
    type=click.Choice(SEVERITIES),
    default="warning",
    show_default=True,
    help="The least that makes the exit code 1.",
)
@click.option("--history", is_flag=True, help=f"Also the last {HISTORY} that are over.")
@click.option("--watched", is_flag=True, help="Also how all that is watched stands.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, severity: str, history: bool, watched: bool, as_json: bool) -> None:
    """Look at product traffic now, and list what is out of the ordinary.

    For cron, too: the exit code is 1 where an alert of --severity or more is open that nobody has
    acknowledged or muted, else 0. The webhook of lab.toml is told once of each, whether the app looks as well
    or not.

    \b
      lab alerts --severity critical
      */10 * * * *  cd /srv/lab && lab alerts > /dev/null
    """
    if ctx.invoked_subcommand is not None:
        return
    rows, judgements = _looked(HISTORY if history else 0)
    if as_json:
        from dataclasses import asdict

        say_json({"alerts": rows, **({"watched": [asdict(each) for each in judgements]} if watched else {})})
    else:
        _tell(rows)
        if watched:
            _tell_watched(judgements)
    bad = SEVERITIES[SEVERITIES.index(severity) :]
    if any(row["severity"] in bad and not row["silent"] and not row["ended_at"] for row in rows):
        raise SystemExit(1)


@command.command()
@click.argument("id", type=int)
def ack(id: int) -> None:
    """Say that you know of an alert: it stays open, and says nothing more until it is over."""
    from lab import store

    _change(id, lambda who: store.alerting.alert_acknowledged(id, who))
    note(f"Alert {id} is acknowledged.")


@command.command()
@click.argument("id", type=int)
@click.option("--until", metavar="TIME", required=True, help="90m, 2h, 3d, 18:00 or 2026-12-01; or `now`.")
def mute(id: int, until: str) -> None:
    """Have an alert say nothing until a time; `--until now` has it speak again."""
    from lab import clock, store

    end = None if until == "now" else clock.later(until, clock.now())
    _change(id, lambda who: store.alerting.alert_muted(id, who, end))
    note(f"Alert {id} is muted until {end:%Y-%m-%d %H:%M}." if end else f"Alert {id} speaks again.")


def _looked(ended: int) -> tuple[list[dict[str, Any]], Sequence[Judgement]]:
    import asyncio

    from lab import alerts, store
    from lab.cli import _opened

    with _opened.lab(_opened.settings()) as lab:
        judgements = asyncio.run(alerts.look(lab))
        unsent = store.alerting.notices_unsent(lab.store.read)
        rows = store.alerting.alerts(lab.store.read, ended)
    if unsent:
        again = "It is tried again." if any(each["next_at"] for each in unsent) else "It is given up."
        note(f"{len(unsent)} of the last day's messages were not delivered. {unsent[0]['error']} {again}")
    return rows, judgements


def _change(id: int, write: Callable[[Principal], Write]) -> None:
    import asyncio

    from lab.cli import _opened
    from lab.errors import BadInput

    chosen = _opened.settings()
    with _opened.store(chosen) as database:
        if not asyncio.run(database.commit(write(_opened.principal(chosen)))):
            raise BadInput(f"No alert {id} is open. {_open_ones(database)}")


def _open_ones(database: Store) -> str:
    from lab import store

    there = [str(each["id"]) for each in store.alerting.alerts(database.read)]
    return f"Open are: {', '.join(there)}." if there else "None is open."


def _tell(rows: Sequence[Mapping[str, Any]]) -> None:
    from lab import alerts, figures

    now = [row for row in rows if not row["ended_at"]]
    if not now:
        note("No alert is open.")
    for row in now:
        made_up = "SIMULATED " * (row["kind"] == "simulated")
        since = figures.local_time(row["opened_at"])
        what = f"{made_up}{alerts.title(row['rule'])}, since {since}{_known(row)}"
        say(f"{row['id']}  {row['severity']}  {what}")
        for line in (row["sentence"], f"{row['means']} {row['do']}", f"More: {row['command']}"):
            say(f"    {line}")
    for row in rows:
        if row["ended_at"]:
            span = f"{figures.local_time(row['opened_at'])} to {figures.local_time(row['ended_at'])}"
            say(f"{row['id']}  over  {span}: {row['sentence']}")


def _known(row: Mapping[str, Any]) -> str:
    from lab import figures

    if row["acknowledged_at"]:
        return f", acknowledged by {row['acknowledged_by']}"
    if row["silent"]:
        return f", muted until {figures.local_time(row['muted_until'])} by {row['muted_by']}"
    return ""


def _tell_watched(judgements: Sequence[Judgement]) -> None:
    from lab import alerts

    for each in judgements:
        how = each.severity or ("fine" if each.judged else "not judged")
        say(f"{how:10}  {alerts.title(each.rule)}: {each.sentence}")
