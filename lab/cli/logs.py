"""The log of calls."""

from __future__ import annotations

import click
from click.core import ParameterSource

from lab.cli import Group
from lab.cli._options import narrowing, sorting
from lab.cli._out import note, say, say_json
from lab.cli._upkeep import UPKEEP


@click.group(cls=Group, invoke_without_command=True)
@click.option("-n", "--limit", metavar="N", type=click.IntRange(1), default=20, help="How many; else 20.")
@click.option("--before", metavar="ID", help="Go on behind this call.")
@sorting
@narrowing
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--rerun-unknown", is_flag=True, help="Send again, after asking, what is unknown.")
@click.option("--yes", is_flag=True, help="With --rerun-unknown: do not ask.")
@click.pass_context
def command(
    ctx: click.Context,
    limit: int,
    before: str | None,
    order: str,
    as_json: bool,
    rerun_unknown: bool,
    yes: bool,
    **given: str | None,
) -> None:
    """List calls, the newest first, or show one.

    What was asked, how it ended, what it cost; `lab logs show ID` has one call whole.
    """
    if yes and not rerun_unknown:
        raise click.UsageError("--yes goes with --rerun-unknown.", ctx)
    if rerun_unknown and ctx.invoked_subcommand is None:
        from lab.cli._resend import run_unknown

        raise SystemExit(run_unknown(limit, yes, as_json))
    if ctx.invoked_subcommand is None:
        from lab.cli._loglist import tell

        tell(limit, before, order, given, as_json)
    elif any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in ctx.params):
        raise click.UsageError(f"Options of `{ctx.invoked_subcommand}` stand after it.", ctx)


@command.command("list")
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many calls.")
@click.option("--before", metavar="ID", help="Go on behind this call.")
@sorting
@narrowing
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def listing(limit: int, before: str | None, order: str, as_json: bool, **given: str | None) -> None:
    """List calls, the newest first."""
    from lab.cli._loglist import tell

    tell(limit, before, order, given, as_json)


@command.command()
@click.argument("id")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--curl", "form", flag_value="curl", help="Print a command that sends the same to the API.")
@click.option("--python", "form", flag_value="python", help="Print a program that does.")
def show(id: str, form: str | None) -> None:
    """Show one call whole; `last` is the newest.

    What --curl and --python print reads the key from ANTHROPIC_API_KEY when it runs.
    """
    from lab.cli._logshow import whole
    from lab.cli._opened import no_calls, principal, settings, store
    from lab.errors import BadInput
    from lab.record import in_dollars
    from lab.store import call, calls, plain_text

    chosen = settings()
    if not chosen.db.exists():
        raise BadInput(no_calls(chosen.db))
    with store(chosen) as database:
        who = principal(chosen)
        if id == "last":
            newest = calls(database.read, who, 1)
            if not newest:
                raise BadInput(no_calls(chosen.db))
            id = newest[0]["id"]
        found = call(database.read, who, id)
    if form == "json":
        say_json(in_dollars(found) | {"text": plain_text(found["answer"] or [])})
    elif form:
        from lab.engine import as_curl, as_python

        if not found["request"]:
            raise BadInput(f"Nothing was sent in call {id}, so there is nothing to send again.")
        say((as_curl if form == "curl" else as_python)(found["request"]), end="")
    else:
        say(whole(found))


@command.command()
@click.argument("id", required=False)
@click.option("--user", metavar="NAME", help="Whose.")
@click.option("--since", metavar="WHEN", help="Gone on with since 24h, 7d or 2w ago, a day, or a time.")
@click.option("--until", metavar="WHEN", help="Last gone on with until then; a day counts in.")
@click.option("--search", metavar="WORDS", help="One turn, or the title, has all of these.")
@click.option("--before", metavar="ID", help="Go on behind this conversation.")
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def conversations(
    ctx: click.Context,
    id: str | None,
    user: str | None,
    since: str | None,
    until: str | None,
    search: str | None,
    before: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List conversations, the newest first, or show one, turn by turn."""
    from lab.cli._talks import show, tell

    if id is None:
        tell(user, since, until, search, before, limit, as_json)
    elif any(each is not None for each in (user, since, until, search, before)):
        raise click.UsageError("These options are for the list, without an ID; --json goes with both.", ctx)
    else:
        show(id, as_json)


@command.command()
@click.argument("id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rerun(id: str, yes: bool, as_json: bool) -> None:
    """Send a call again that failed, or whose outcome is unknown.

    It is a new call, and says first what it may cost; what the first one may have cost stays in the log.
    """
    from lab.cli._resend import run

    raise SystemExit(run(id, yes, as_json))


for each in UPKEEP:
    command.add_command(each)


@command.command()
@click.argument("id")
def settle(id: str) -> None:
    """Say that you have looked at a flagged call."""
    import asyncio

    from lab.cli._opened import principal, settings, store
    from lab.errors import BadInput
    from lab.store import call, flag_settled

    chosen = settings()
    with store(chosen) as database:
        who = principal(chosen)
        call(database.read, who, id)  # raises where there is none
        if not asyncio.run(database.commit(flag_settled(id, who.user))):
            raise BadInput(f"Nothing about call {id} is open. `lab logs --flagged` lists what is.")
    note(f"Settled: {id}")
