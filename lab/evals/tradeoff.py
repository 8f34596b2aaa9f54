"""Quality against cost and against time: the variants of a run held against each other, case by case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum
from statistics import median
from typing import Any, Literal

from lab import store
from lab.cost import DOLLAR
from lab.errors import BadInput, nearest
from lab.evals import paired
from lab.evals.gates import MOST_MISSING
from lab.evals.outcomes import COMPLETE
from lab.evals.paired import Difference, Interval
from lab.evals.variant import Parts, parts, short
from lab.store import Connection
from lab.types import Picodollars, Principal

MARGIN = 0.03
"""How much worse a variant may be and still count as not worse, unless somebody says otherwise."""
THOUSAND = 1000
"""Answers that a price is told for: one costs too little to read."""
Standing = Literal["baseline", "not worse", "worse", "open", "incomplete"]
"""Against the baseline. `not worse`: by less than the margin, for all that the interval leaves open. `worse`:
it is, maybe by more than that. `open`: so few cases do not say. `incomplete`: too many have no verdict."""


@dataclass(frozen=True)
class Choice:
    """A variant: its `quality`, what a thousand of its answers cost, and the seconds that half of them and
    nineteen in twenty took at most. None: unknown. `cheap` and `quick`: no other variant is as good and
    cheaper, or as good and faster. `against`: the baseline on the same cases; `missing` are those cases that
    one of them has no verdict on. `needed`: how many cases would show that it is not worse, if what was seen
    is what is so; None where no number would."""

    variant: str
    short: str
    parts: Parts
    quality: Interval | None
    cost: Picodollars | None
    seconds: float | None
    slow: float | None
    cheap: bool = False
    quick: bool = False
    against: Difference | None = None
    missing: int = 0
    needed: int | None = None
    standing: Standing = "open"

    @property
    def dollars(self) -> float | None:
        """The cost, in dollars."""
        return None if self.cost is None else self.cost / DOLLAR


@dataclass(frozen=True)
class Tradeoff:
    """The variants of a run, the cheapest first. `scored`: the quality is the mean score of a case's answers,
    else the share of them that passes. `found`: the cheapest that is not worse than the baseline, if one is
    cheaper than that."""

    choices: tuple[Choice, ...]
    baseline: Choice
    margin: float
    scored: bool
    found: Choice | None

    @property
    def cheaper(self) -> tuple[Choice, ...]:
        """Those that cost less than the baseline, the cheapest first."""
        most = self.baseline.cost
        return tuple(each for each in self.choices if None not in (each.cost, most) and each.cost < most)


def tradeoff(
    connection: Connection,
    principal: Principal,
    run: Mapping[str, Any],
    baseline: str | None = None,
    margin: float = MARGIN,
) -> Tradeoff:
    """Of a run as `store.run_head` gives it. `baseline`: a variant of it, by its name or a part that no other
    name has; the first where there is none. Raises BadInput for one that is not there."""
    names = run["settings"]["variants"]
    base = chosen(names, baseline)
    taken = store.answers_taken(connection, principal, run["id"])
    scored = any(row["scored"] for row in taken)
    by_variant = defaultdict(list)
    for row in taken:
        by_variant[row["variant"]].append(row)
    values = {name: by_case(by_variant[name], scored) for name in names}
    found = [
        _against(_choice(name, words, by_variant[name], values[name]), values, base, run, margin)
        for name, words in zip(names, short(names), strict=True)
    ]
    cheap, quick = _frontier(found, lambda each: each.cost), _frontier(found, lambda each: each.seconds)
    found = [replace(each, cheap=each.variant in cheap, quick=each.variant in quick) for each in found]
    found.sort(key=lambda each: (each.cost is None, each.cost or 0))
    of = Tradeoff(tuple(found), next(each for each in found if each.variant == base), margin, scored, None)
    return replace(of, found=next((each for each in of.cheaper if each.standing == "not worse"), None))


def chosen(names: Sequence[str], wanted: str | None) -> str:
    """The variant that is meant by its name or a part of that. Raises BadInput."""
    if wanted is None or wanted in names:
        return wanted or names[0]
    fitting = [name for name in names if wanted in name]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise BadInput(f"'{wanted}' could be any of these: {'; '.join(fitting)}. Write more of the name.")
    raise BadInput(f"No variant is called '{wanted}'.{nearest(wanted, names)} There are: {'; '.join(names)}.")


def by_case(rows: Sequence[Mapping[str, Any]], scored: bool) -> dict[str, float]:
    """The mean of each case's answers that have a verdict, of those as `store.answers_taken` gives them: of
    their scores, or the share that passed."""
    found: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        value = row["score"] if scored else row["passed"]
        if value is not None:
            found[row["case_id"]].append(float(value))
    return {case: fsum(values) / len(values) for case, values in found.items()}


def versus(before: Mapping[str, float], after: Mapping[str, float]) -> Difference | None:
    """Of the cases that have a value on both sides."""
    both = [case for case in before if case in after]
    return paired.difference([before[case] for case in both], [after[case] for case in both])


def _choice(name: str, words: str, rows: Sequence[Mapping[str, Any]], values: Mapping[str, float]) -> Choice:
    whole = [row for row in rows if row["state"] in COMPLETE]
    costs = [row["cost"] for row in whole]
    times = sorted(row["ms"] / 1000 for row in whole if row["ms"] is not None)
    known = costs and None not in costs
    return Choice(
        variant=name,
        short=words,
        parts=parts(name),
        quality=paired.measured([*values.values()]),
        cost=round(THOUSAND * sum(costs) / len(costs)) if known else None,
        seconds=median(times) if times else None,
        slow=times[len(times) * 95 // 100] if times else None,
    )


def _against(
    choice: Choice,
    values: Mapping[str, Mapping[str, float]],
    base: str,
    run: Mapping[str, Any],
    margin: float,
) -> Choice:
    """The same, held against the baseline."""
    if choice.variant == base:
        return replace(choice, standing="baseline")
    found = versus(values[base], values[choice.variant])
    cases = run["settings"]["cases"]
    missing = cases - (found.cases if found else 0)
    if found is None or missing > MOST_MISSING * cases:
        return replace(choice, against=found, missing=missing, standing="incomplete")
    standing = "not worse" if found.low > -margin else "worse" if found.high < 0 else "open"
    needed = paired.needed(found, margin)
    return replace(choice, against=found, missing=missing, needed=needed, standing=standing)


def _frontier(choices: Sequence[Choice], price: Callable[[Choice], float | None]) -> set[str]:
    """Those that no other beats: by being as good for less, or better for no more."""
    known = [
        (each.variant, price(each), each.quality.value)
        for each in choices
        if each.quality and price(each) is not None
    ]
    return {
        name
        for name, cost, good in known
        if not any(
            less <= cost and better >= good and (less, better) != (cost, good) for _, less, better in known
        )
    }
