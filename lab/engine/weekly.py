"""The weekly report: which objectives were kept, and what is left of what may fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any

from lab import figures, objectives, store
from lab.engine.vitals import Vitals, together, vitals
from lab.objectives import Objective
from lab.store import Connection
from lab.types import Principal

DAYS = 7


@dataclass(frozen=True, slots=True)
class Kept:
    """How an objective was kept over some days: `good` of `of` calls did. `reached`: the percentile that it
    is about, in its unit, or the share, from 0 to 1; None where there is nothing to tell."""

    good: float
    of: int
    reached: float | None

    def left(self, allowed: float) -> float | None:
        """What is left of the error budget, as a share of it: 1 all, 0 nothing, below 0 it was overspent."""
        return 1 - (self.of - self.good) / (self.of * allowed) if self.of else None


@dataclass(frozen=True, slots=True)
class Line:
    """An objective in the week, and in the one before."""

    objective: Objective
    week: Kept
    before: Kept

    @property
    def left(self) -> float | None:
        return self.week.left(self.objective.allowed)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days, from `first` to `last`, both included. `exact`: told from every call."""

    first: date
    last: date
    calls: int
    calls_before: int
    exact: bool
    lines: tuple[Line, ...]


def week(
    connection: Connection,
    principal: Principal,
    wanted: Sequence[Objective],
    last: date,
    zone: tzinfo,
    where: Mapping[str, Any],
    exact: bool = False,
) -> Week:
    """The seven days up to `last`, in that time zone, held against the seven before. `where`: which calls."""
    first = last - timedelta(days=DAYS - 1)
    found = []
    for begins in (first, first - timedelta(days=DAYS)):
        days = store.days(begins, begins + timedelta(days=DAYS - 1), zone)
        found.append(vitals(connection, principal, days, ("model", "prompt"), where, exact))
    lines = tuple(Line(each, *(kept(each, _about(each, one)) for one in found)) for each in wanted)
    calls = [together(one.values()).sums["calls"] for one in found]
    return Week(first, last, *calls, exact, lines)


def kept(objective: Objective, found: Vitals) -> Kept:
    """How these calls kept to an objective."""
    if objective.measure not in objectives.WITHIN:
        part, whole = found.of(objective.measure)
        more = objective.measure in objectives.AT_LEAST
        return Kept(part if more else whole - part, whole, found.rate(objective.measure))
    spread, target = found.spreads[objective.measure], objective.target
    if objective.measure in objectives.AT_LEAST:
        good, at = spread.many - spread.up_to(target), spread.at(1 - objective.share / 100)
        return Kept(good, spread.many, at)
    at = spread.at(objective.share / 100)
    return Kept(spread.up_to(target * 1000), spread.many, None if at is None else at / 1000)


def told(week: Week) -> list[dict[str, str]]:
    """The report as rows of a table."""
    return [
        {
            "objective": line.objective.name,
            "target": objectives.words(line.objective),
            "reached": reached(line.objective, line.week.reached),
            "calls": f"{line.week.of:,}",
            "budget left": _left(line.left),
            "week before": _change(line),
        }
        for line in week.lines
    ]


def as_markdown(week: Week, about: str) -> str:
    """The report as Markdown. `about`: which calls it is of."""
    rows = told(week)
    names = list(rows[0])
    lines = [
        f"# Health, {week.first} to {week.last}",
        f"{figures.many(week.calls)} ({about}); {week.calls_before:,} in the week before.",
        "\n".join(
            f"| {' | '.join(cells)} |"
            for cells in (
                names,
                ["---"] * len(names),
                *([_cell(row[each]) for each in names] for row in rows),
            )
        ),
        source(week.exact),
    ]
    return "\n\n".join(lines)


def source(exact: bool) -> str:
    """Where the percentiles are from, in a sentence."""
    if exact:
        return "Percentiles are exact, of the calls that are still in the log."
    return f"Percentiles are read from histograms, and at most {store.rollups.ERROR:.1%} of themselves off."


def as_json(week: Week) -> dict[str, Any]:
    return {
        "from": week.first.isoformat(),
        "to": week.last.isoformat(),
        "calls": week.calls,
        "calls_before": week.calls_before,
        "exact": week.exact,
        "objectives": [
            {
                "name": line.objective.name,
                "measure": line.objective.measure,
                "target": line.objective.target,
                "share": line.objective.share if line.objective.measure in objectives.WITHIN else None,
                "prompts": [*line.objective.prompts],
                "models": [*line.objective.models],
                "allowed": line.objective.allowed,
                "calls": line.week.of,
                "reached": line.week.reached,
                "budget_left": line.left,
                "reached_before": line.before.reached,
                "budget_left_before": line.before.left(line.objective.allowed),
            }
            for line in week.lines
        ],
    }


def reached(objective: Objective, value: float | None) -> str:
    """A value in the unit of an objective."""
    if value is None:
        return "–"
    if objective.measure == "speed":
        return f"{value:,.0f} tokens/s"
    return figures.seconds(value * 1000) if objective.measure in objectives.WITHIN else figures.percent(value)


def _about(objective: Objective, found: Mapping[tuple[Any, ...], Vitals]) -> Vitals:
    return together(
        each
        for (model, prompt), each in found.items()
        if (not objective.models or model in objective.models)
        and (not objective.prompts or prompt in objective.prompts)
    )


def _left(share: float | None) -> str:
    if share is None or share >= 0:
        return "–" if share is None else f"{share:.0%}"
    return f"none: {1 - share:.1f} times spent"


def _change(line: Line) -> str:
    """What it was in the week before, and whether it is better now."""
    now, then = line.week.reached, line.before.reached
    was = reached(line.objective, then)
    if now is None or then is None or reached(line.objective, now) == was:
        return was
    better = (now > then) == (line.objective.measure in objectives.AT_LEAST)
    return f"{was}, now {'better' if better else 'worse'}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
