"""What `lab costs` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lab import clock, figures, month, spent, store
from lab.cli import _out
from lab.cli._out import note
from lab.cli._table import clipped, table
from lab.cost import dollars
from lab.gains import gain, routing
from lab.spent import Spent, Split
from lab.store import KINDS, Connection, Day
from lab.types import Principal

ROWS = 500
"""Of a table; CSV and JSON have all."""
NAME = 48
"""Columns of a name."""


def say(read: Connection, who: Principal, days: Sequence[Day], by: str, kind: str | None, form: str) -> None:
    """What these days cost by one of `store.BY`: a table, or in a `form`, csv or json, with all figures."""
    rows = store.spending(read, who, days)
    there = [each for each in KINDS if any(row.kind == each for row in rows)]
    shown = kind or next(iter(there), KINDS[0])
    if form == "json":
        found = {
            each: {
                "together": spent.added(row.spent for row in rows if row.kind == each).record(),
                by: spent.records(by, store.spending_by(read, who, days, each, by)),
            }
            for each in KINDS
        }
        _out.say_json({"from": str(days[0][0]), "to": str(days[-1][0])} | found)
        return
    split = store.spending_by(read, who, days, shown, by, -1 if form else ROWS + 1)
    if form == "csv":
        _out.say(spent.csv(by, split), end="")
    elif shown not in there:
        which = f"No {kind} calls" if kind else "No calls"
        note(f"{which} from {days[0][0]} to {days[-1][0]}. `lab costs --days 365` looks further back.")
    else:
        models = store.split((row for row in rows if row.kind == shown), "model")
        _tell(by, shown, split, _names(read, by, split), models)
        _month(read, who, shown)
    if others := [each for each in there if each != shown]:
        note(f"There are also {' and '.join(others)} calls: --kind {others[0]}")


def _tell(
    by: str, kind: str, split: Split, names: Mapping[str | None, str], models: Mapping[str, Spent]
) -> None:
    whole = spent.added(models.values())
    lines = [_line(by, clipped(names[name], NAME), split[name]) for name in [*split][:ROWS]]
    _out.say(table([*lines, _line(by, "all", whole)]))
    if len(split) > ROWS:
        note(f"The {ROWS} that cost most; --csv has all.")
    _out.say("")
    _out.say(table([*_parts(whole)]))
    _out.say("")
    saved = gain(whole.saved_by_cache, whole.untold, whole.calls)
    _out.say(f"The cache saved: {saved}.")
    if whole.routed or whole.routed_untold:
        rerouted = routing(whole.saved_by_routing, whole.routed, whole.routed_untold)
        _out.say(f"Routing saved: {rerouted}.")
    wasted = figures.spending(whole.wasted_floor, whole.wasted_upper, whole.wasted_unpriced)
    _out.say(f"Paid in vain, for no whole answer: {wasted}.")
    for model, one in models.items():
        if one.unpriced:
            unknown = f"the price of {figures.many(one.unpriced)} is not known, which no sum contains"
            note(f'{model}: {unknown}. Give one under [models."{model}"] in lab.toml.')
    if kind == "simulated":
        note("SIMULATED: nobody was billed. This is what Claude would have cost.")


def _line(by: str, name: str, one: Spent) -> dict[str, str]:
    return {
        by: name,
        "calls": f"{one.calls:,}",
        "in": f"{one.tokens_in:,}",
        "out": f"{one.output_tokens:,}",
        "per 1,000": dollars(one.per_thousand) if one.turns else "–",
        "cost": figures.spending(one.least, one.most, one.unpriced),
    }


def _parts(whole: Spent) -> list[dict[str, str]]:
    """What it went to; what nothing was paid for and nothing counted of is left out."""
    counts = whole.counts
    found = [
        {"part": name, "count": "–" if counts[name] is None else f"{counts[name]:,}", "cost": dollars(amount)}
        for name, amount in whole.parts.items()
        if amount or counts[name]
    ]
    if whole.estimates:
        rough = figures.spending(whole.floor, whole.upper, 0)
        found.append({"part": "cut off", "count": f"{whole.estimates:,} calls", "cost": rough})
    return found or [{"part": "none", "count": "0", "cost": dollars(0)}]


def _month(read: Connection, who: Principal, kind: str) -> None:
    """What this month has cost, and will cost."""
    now = clock.now()
    rows = store.spending(read, who, store.days(month.first(now.date()), now.date(), now.tzinfo))
    found = month.month(store.split((row for row in rows if row.kind == kind), "day"), now)
    so_far = figures.spending(found.so_far.least, found.so_far.most, found.so_far.unpriced)
    _out.say(f"This month so far: {so_far}.")
    if found.expected is not None:
        _out.say(f"The whole month: about {dollars(found.expected)}. {found.how}")


def _names(read: Connection, by: str, split: Split) -> dict[str | None, str]:
    ids = [name for name in split if name]
    titles: Mapping[str, str] = {}
    if by == "run":
        titles = store.datasets_of(read, ids)
    elif by == "conversation":
        titles = store.titles_of(read, ids)
    named = by in ("run", "conversation")
    return {
        name: f"{name}  {titles.get(name, 'deleted')}" if named else str(name or "(none)") for name in split
    }
