"""What `lab costs why` prints."""

from __future__ import annotations

from collections.abc import Sequence

from lab import store
from lab.cli._out import note, say_json
from lab.cli._out import say as told
from lab.cli._table import table
from lab.risewords import LABELS, signed
from lab.store import KINDS, Connection, Day
from lab.types import Principal
from lab.why import Moved, Why, moved

ROWS = 20
"""Of where it rose."""


def say(
    read: Connection,
    who: Principal,
    before: Sequence[Day],
    after: Sequence[Day],
    kind: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Why `after` cost more or less than `before`: a sentence, the factors, and where, by one of `BY`."""
    periods = [store.spending(read, who, days) for days in (before, after)]
    there = [each for each in KINDS if any(row.kind == each for rows in periods for row in rows)]
    shown = kind or next(iter(there), KINDS[0])
    if shown not in there and not as_json:
        what = f"No {kind + ' ' if kind else ''}calls from {_said(before)}, nor from {_said(after)}"
        note(f"{what}. Other days: --from, --to, --against; today stands for itself, as it is not over.")
        return
    splits = [store.split((row for row in rows if row.kind == shown), "model") for rows in periods]
    why = Why(shown, *splits)
    found = moved(*(store.spending_by(read, who, days, shown, by) for days in (before, after)))
    if as_json:
        spans = {"before": _span(before), "after": _span(after)}
        where = [{by: one.name} | one.record() for one in found]
        say_json(spans | why.record() | {"where": where})
        return
    told(f"{why.sentence}\n{_said(after)}, against {_said(before)}.\n")
    _tell(why, by, found)


def _tell(why: Why, by: str, found: Sequence[Moved]) -> None:
    steps = [
        {
            "factor": LABELS[step.factor],
            "made it": signed(step.amount),
            "before": step.before,
            "after": step.after,
        }
        for step in why.steps
    ]
    if steps:
        told(table(steps) + "\n")
    where = [{by: str(one.name or "(none)")} | one.shown for one in found[:ROWS]]
    if where:
        told(table(where))
    if len(found) > ROWS:
        note(f"And {len(found) - ROWS:,} more, each of which changed less: --json has all.")
    for each in why.notes:
        note(each)
    if why.kind == "simulated":
        note("SIMULATED: nobody was billed. This is what Claude would have cost.")


def _span(days: Sequence[Day]) -> dict[str, str]:
    return {"from": str(days[0][0]), "to": str(days[-1][0])}


def _said(days: Sequence[Day]) -> str:
    first, last = days[0][0], days[-1][0]
    return str(first) if first == last else f"{first} to {last}"
