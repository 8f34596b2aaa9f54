"""A logged call sent once more."""

from __future__ import annotations

import sys

import click

from lab.cli._call import made
from lab.cli._opened import principal, settings, store
from lab.cli._out import note
from lab.engine import Lab, resend
from lab.errors import BadInput
from lab.store import NOT_RESENT, Wanted, call_resent, calls
from lab.types import Principal, Request


def run(call: str, yes: bool, as_json: bool) -> int:
    """Ask the person, make the call and show it. Gives its exit code. Raises LabError."""

    def confirmed(lab: Lab, who: Principal) -> Request:
        found = resend(lab, who, call)
        note(found.price)
        if not yes:
            if not sys.stdin.isatty():
                raise BadInput(f"Sending call {call} again asks first. Add --yes where nobody can answer.")
            click.confirm("Send it?", abort=True, err=True)
        lab.store.post(call_resent(call, found.request.id))
        return found.request

    return made(confirmed, as_json)


def run_unknown(most: int, yes: bool, as_json: bool) -> int:
    """The same for every call of unknown outcome that was not sent again yet, oldest first, `most` at once.
    Gives the worst of their exit codes."""
    chosen = settings()
    with store(chosen) as database:
        found = calls(database.read, principal(chosen), most, None, Wanted(marked=NOT_RESENT))
    if not found:
        note("No call is unknown that was not sent again already.")
    return max((run(each["id"], yes, as_json) for each in reversed(found)), default=0)
