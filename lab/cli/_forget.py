"""A person's text, taken out of the log for good."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab.cli._line import Line
from lab.cli._out import note, say
from lab.cli._prune import asked, many, opened
from lab.errors import BadInput, nearest

if TYPE_CHECKING:
    from lab.store import Pieces, Traces

THINGS = {
    "calls": "call", "conversations": "conversation", "comparisons": "comparison", "ratings": "rating",
    "votes": "vote", "runs": "run of a check", "drafts": "draft", "pauses": "pause",
    "reviews": "review of an answer", "batches": "batch",
}  # fmt: skip


@click.command()
@click.argument("user")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(user: str, dry_run: bool, yes: bool) -> None:
    """Take a person's text out of the log, for good.

    Figures stay (tokens, costs, states) under a name that means nothing. In the end the database is written
    anew, as `lab logs compact` does, so that nothing is left in the file.
    """
    from lab.cli._opened import store
    from lab.evals import made_of
    from lab.store import Forgetting, people, pieces

    chosen = opened()
    origins = made_of(Path.cwd())
    with store(chosen) as database, pieces(database.path) as work, Line() as line:
        forgetting = Forgetting(work, user)
        traces = forgetting.traces()
        if traces.none and not forgetting.begun:
            if not _finish(work, dry_run):
                raise BadInput(
                    f"Nobody named '{user}' is in the log.{nearest(user, people(work.connection))}"
                )
            return
        calls = set(forgetting.calls())
        say(_planned(user, traces))
        for each in _left(chosen.db, {call: origins.cases[call] for call in calls & set(origins.cases)}):
            say(each)
        for each in origins.unread:
            note(f"{each} Whether it has cases made of these calls is not known.")
        if dry_run:
            return
        asked(yes, f"Take the text of {user} out for good?")
        for done in forgetting.go():
            line.say(lambda done=done: f"{done:,} of {len(calls):,} calls")
    note(f"{user} is {forgetting.pseudonym} from now on. What the list above names is yours to look after.")


def _finish(work: Pieces, dry_run: bool) -> bool:
    """Whether there was anybody whose text may still be in the file; then it no longer is."""
    from lab.store import finished, unfinished

    if dry_run or not unfinished(work.connection):
        return False
    for _ in finished(work):
        pass
    note("Somebody was being forgotten when that was broken off. It is done now.")
    return True


def _planned(user: str, traces: Traces) -> str:
    rows = ", ".join(many(traces.rows[table], thing) for table, thing in THINGS.items() if traces.rows[table])
    lines = [f"Of {user} there are: {rows}."]
    if traces.checks:
        lines.append(f"{many(traces.checks, 'call')} of checks keep their text: it is that of datasets.")
    lines.append("Tokens, costs, states and sums stay. Text that calls of others name too stays for them.")
    return "\n".join(lines)


def _left(database: Path, cases: dict[str, list[str]]) -> list[str]:
    """What has to be looked after by hand."""
    copies = sorted(database.parent.glob(f"{database.name}.backup-*"))
    return [
        *(f"Call {call} is {place}: delete it there." for call, places in cases.items() for place in places),
        *(f"{copy} is a copy that has all of it: delete it, if you no longer need it." for copy in copies),
    ]
