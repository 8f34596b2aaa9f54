"""What a trade-off comes to, in sentences."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lab.cost import dollars
from lab.evals.paired import Interval
from lab.evals.tradeoff import Choice, Tradeoff


def points(value: float, sign: bool = True) -> str:
    """A share in points of a hundred: `−2.5`, `+1.0`; `2.5` without its sign."""
    text = f"{100 * value:{'+' if sign else ''}.1f}"
    return ("0.0" if float(text) == 0 else text).replace("-", "−")


def within(found: Interval) -> str:
    """`−0.8 points [−2.4, +0.8]`: a difference, and the interval that it lies in."""
    return f"{points(found.value)} points [{points(found.low)}, {points(found.high)}]"


def quality(of: Choice) -> str:
    """`87.2% [81.0, 91.6]`, in hundredths too where it is a score."""
    found = of.quality
    if found is None:
        return "–"
    low, high = (points(max(min(end, 1.0), 0.0), False) for end in (found.low, found.high))
    return f"{found.value:.1%} [{low}, {high}]"


def standing(of: Choice) -> str:
    """`−0.8 points [−2.4, +0.8]: not worse`."""
    if of.standing == "baseline":
        return "the baseline"
    if of.standing == "incomplete" or of.against is None:
        return f"no verdict on {of.missing:,} cases"
    return f"{within(of.against)}: {_STANDINGS[of.standing]}"


_STANDINGS = {"not worse": "not worse", "worse": "worse", "open": "cannot be told"}


def frontier(of: Choice) -> str:
    """`cost, time`: for what no other variant beats it; nothing where one does."""
    return ", ".join(word for word, best in (("cost", of.cheap), ("time", of.quick)) if best)


def plain(of: Tradeoff) -> dict[str, Any]:
    """The same as JSON can hold it, with costs in dollars per 1,000 answers."""
    choices = []
    for each in of.choices:
        table = asdict(each) | {"frontier": frontier(each), **each.parts._asdict()}
        del table["parts"], table["cheap"], table["quick"]
        del table["cost"]
        choices.append(table | {"usd_per_1000": each.dollars})
    return {
        "baseline": of.baseline.variant,
        "margin": of.margin,
        "measure": "mean score" if of.scored else "pass rate",
        "found": of.found and of.found.variant,
        "conclusion": conclusion(of),
        "variants": choices,
    }


def price(of: Choice) -> str:
    """`$0.28`: what a thousand answers cost."""
    return "unknown" if of.cost is None else dollars(of.cost)


def conclusion(of: Tradeoff) -> str:
    """The cheapest variant that is not worse than the baseline; else why there is none, and what would
    decide."""
    base, margin = of.baseline, f"{points(of.margin, False).removesuffix('.0')} points"
    if base.quality is None:
        return "Nothing has a verdict, so there is no quality to compare."
    if base.cost is None:
        return f"What {base.variant} costs is not known, so that nothing can be called cheaper."
    if found := of.found:
        share = 1 - found.cost / base.cost
        small = ", a small drop that is real" if found.against.high < 0 else ""
        return (
            f"The cheapest that is not worse than {base.variant} by more than {margin} is {found.variant}: "
            f"{within(found.against)}{small} on {found.against.cases:,} cases, for {dollars(found.cost)} per "
            f"1,000 answers instead of {dollars(base.cost)} ({_percent(share)} less)."
        )
    if not of.cheaper:
        return f"Nothing that was asked is cheaper than {base.variant}."
    head = f"Nothing cheaper than {base.variant} is shown to be less than {margin} worse."
    return f"{head} {_nearest(of)}"


def _nearest(of: Tradeoff) -> str:
    """What would decide about the cheaper ones."""
    complete = [each for each in of.cheaper if each.standing != "incomplete"]
    if not complete:
        one = of.cheaper[0]
        return (
            f"They cannot be compared: {one.missing:,} cases have no verdict with {one.variant} or with the "
            "baseline."
        )
    open_ = [each for each in complete if each.needed is not None]
    if open_:
        many = f"{open_[0].needed:,}"
        return f"{_seen('It is open of', open_[0])}; about {many} cases would decide, if so it stays."
    best = max(complete, key=lambda each: each.against.value)
    return f"{_seen('Nearest comes', best)}; at such a difference no number of cases would show it."


def _seen(how: str, one: Choice) -> str:
    return f"{how} {one.variant}: {within(one.against)} on {one.against.cases:,} cases"


def _percent(share: float) -> str:
    return f"{share:.0%}" if share < 0.995 else f"{share:.1%}"
