"""The log of calls."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click
from click.core import ParameterSource

from lab.cli import Group
from lab.cli._options import narrowing
from lab.cli._out import folded, note, say, say_json
from lab.cli._table import clipped, table
from lab.cli._upkeep import UPKEEP

Call = Mapping[str, Any]

QUESTION = 50
"""Columns of a question in a list that is not on a terminal."""
LEAST_OF_QUESTION = 20
"""Columns that a terminal must leave to it; a narrower one gets two lines a call."""


@click.group(cls=Group, invoke_without_command=True)
@click.option("-n", "--limit", metavar="N", type=click.IntRange(1), default=20, help="How many; else 20.")
@click.option("--before", metavar="ID", help="Only calls older than this one.")
@narrowing
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--rerun-unknown", is_flag=True, help="Send again, after asking, what is unknown.")
@click.option("--yes", is_flag=True, help="With --rerun-unknown: do not ask.")
@click.pass_context
def command(
    ctx: click.Context,
    limit: int,
    before: str | None,
    as_json: bool,
    rerun_unknown: bool,
    yes: bool,
    **wanted: str | None,
) -> None:
    """List the newest calls, or show one.

    What was asked, how it ended, what it cost; `lab logs show ID` has one call whole.
    """
    if yes and not rerun_unknown:
        raise click.UsageError("--yes goes with --rerun-unknown.", ctx)
    if rerun_unknown and ctx.invoked_subcommand is None:
        from lab.cli._resend import run_unknown

        raise SystemExit(run_unknown(limit, yes, as_json))
    if ctx.invoked_subcommand is None:
        _list(limit, before, wanted, as_json)
    elif any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in ctx.params):
        raise click.UsageError(f"Options of `{ctx.invoked_subcommand}` stand after it.", ctx)


@command.command("list")
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many calls.")
@click.option("--before", metavar="ID", help="Only calls older than this one.")
@narrowing
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def listing(limit: int, before: str | None, as_json: bool, **wanted: str | None) -> None:
    """List the newest calls, newest first."""
    _list(limit, before, wanted, as_json)


@command.command()
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(id: str, as_json: bool) -> None:
    """Show one call whole; `last` is the newest."""
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
    if as_json:
        say_json(in_dollars(found) | {"text": plain_text(found["answer"] or [])})
    else:
        say(_whole(found))


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


def _list(limit: int, before: str | None, wanted: Mapping[str, str | None], as_json: bool) -> None:
    from lab.cli._opened import no_calls, principal, settings, store
    from lab.record import in_dollars
    from lab.store import Wanted, call, calls

    chosen, found = settings(), []
    if chosen.db.exists():
        with store(chosen) as database:
            if before:
                call(database.read, principal(chosen), before)  # raises where there is none
            found = calls(database.read, principal(chosen), limit, before, Wanted(**wanted))
    if as_json:
        say_json([in_dollars(call) for call in found])
    elif found:
        say(_listed(found))
        if len(found) == limit and sys.stdout.isatty():
            note(f"Older ones: lab logs --before {found[-1]['id']}", dim=True)
    else:
        state, marked = wanted["state"], wanted["marked"]
        asked = [f"is {state}"] * bool(state) + [f"is marked as '{marked}'"] * bool(marked)
        some = f"No call {' and '.join(asked)}." if asked else no_calls(chosen.db)
        note(f"No calls before {before}." if before else some)


def _listed(calls: Sequence[Call]) -> str:
    """A table; on a narrow terminal two lines a call."""
    rows = [_row(call) for call in calls]
    room = QUESTION
    if sys.stdout.isatty():
        columns = shutil.get_terminal_size().columns
        head = table([row | {"question": ""} for row in rows]).partition("\n")[0]
        room = columns - head.rindex("question")
        if room < LEAST_OF_QUESTION:
            return "\n".join(_pair(row, columns) for row in rows)
    return table([row | {"question": clipped(row["question"], room)} for row in rows])


def _row(call: Call) -> dict[str, str]:
    from lab import figures

    return {
        "call": call["id"],
        "when": figures.local_time(call["started_at"]),
        "model": call["answered_by"] or call["model"],
        "source": figures.source(call),
        "state": call["state"],
        "in": _count(call["input_tokens"]),
        "out": _count(call["output_tokens"] if call["stop_reason"] else None),
        "first token": figures.seconds(call["first_token_ms"]),
        "cost": figures.cost(call),
        "question": _words(call["question"] or ""),
    }


def _pair(row: Mapping[str, str], columns: int) -> str:
    first = f"{row['call']}  {row['when'][5:16]}  "
    second = f"{row['state']} · {row['source']} · {row['model']} · in {row['in']} · out {row['out']}"
    figures = folded(f"  {second} · {row['cost']}", columns, indent=2)
    return f"{first}{clipped(row['question'], columns - len(first))}\n{figures}"


def _whole(call: Call) -> str:
    from lab import figures
    from lab.store import plain_text

    request = call["request"] or {}
    parts = [
        f"Call {call['id']} · {figures.local_time(call['started_at'])} · {call['user']} · {call['origin']}",
        f"Conversation {call['conversation_id']}" if call["conversation_id"] else "",
        figures.line(call),
        figures.cache_miss(call) or "",
        f"Latency: {figures.latency(call)}" if call["total_ms"] is not None else "",
        f"Request id {call['request_id']}" if call["request_id"] else "",
        f"Error: {call['error']}" if call["error"] else "",
        figures.ruled(call) if call["rule"] else "",
        f"Rerouted: {call['rerouted']}" if call["rerouted"] else "",
        _flag(call["flag"]) if call["flag"] else "",
        *(_attempt(attempt) for attempt in call["attempts"]),
    ]
    if sys.stdout.isatty():
        parts = [folded(part, shutil.get_terminal_size().columns, indent=2) for part in parts]
    parts += [
        f"\n── system\n{_words(request['system'])}" if request.get("system") else "",
        *(f"\n── {message['role']}\n{_words(message['content'])}" for message in request.get("messages", [])),
        f"\n── answer\n{plain_text(call['answer'] or []) or call['partial'] or '(nothing arrived)'}",
    ]
    return "\n".join(part for part in parts if part)


def _flag(flag: Mapping[str, Any]) -> str:
    if flag["settled_at"]:
        return f"Flagged: {flag['reason']} Settled by {flag['settled_by']}."
    return f"Flagged: {flag['reason']} To settle it: lab logs settle {flag['call_id']}"


def _attempt(attempt: Call) -> str:
    from lab import figures

    status = f" {attempt['status']}" if attempt["status"] else ""
    error = f" {attempt['error_type']}" if attempt["error_type"] else ""
    spent = f"{figures.seconds(attempt['total_ms'])} · {figures.cost(attempt)}"
    return f"Attempt {attempt['number']}: {attempt['state']}{status}{error} · {spent}"


def _words(content: Any) -> str:
    """A message's text; blocks that are not text are named."""
    if isinstance(content, str):
        return content
    return "\n".join(
        block["text"] if block.get("type") == "text" else f"[{block.get('type')}]" for block in content
    )


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"
