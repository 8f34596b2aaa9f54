"""What the gate says, in a sentence that needs no statistics; the figures follow it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab.evals.gate.measure import Measure, Pairs
from lab.evals.gate.noise import Needs

NAMED = 5
"""Cases that a sentence names, at most."""


def points(share: float) -> str:
    """A share of 1 as percentage points: `3 points`, `0.4 points`, `1 point`."""
    said = f"{abs(share) * 100:.1f}".removesuffix(".0")
    return f"{said} point{'' if said == '1' else 's'}"


def other_cases(old: str, new: str) -> str:
    return f"{new} and {old} cannot be compared: their cases or graders are not the same."


def no_such_measure(name: str) -> str:
    return f"Nothing can be said of '{name}': no case has such a grader."


def nothing_seen(old: str, new: str) -> str:
    return f"This cannot be judged: no case has a verdict on {new} and on {old}."


def unsettled(cases: Sequence[str]) -> str:
    named = ", ".join(cases[:NAMED])
    return f"This cannot be judged: no verdict on cases that must pass: {named}."


def too_many_missing(missing: int, whole: int, most: float) -> str:
    return (
        f"This cannot be judged: {missing:,} of {whole:,} cases have no verdict on one side or the "
        f"other; at most {most:.0%} may lack one."
    )


def too_few(found: Sequence[Pairs]) -> str:
    few = min(found, key=lambda each: len(each.cases))
    return f"This cannot be judged: of '{few.name}' there are too few cases ({len(few.cases)})."


def could_flip(found: Sequence[Pairs], state: str) -> str:
    missing = max(each.missing for each in found)
    many = "1 case has" if missing == 1 else f"{missing:,} cases have"
    return (
        f"This cannot be judged: {many} no verdict, and it would not be called {state} "
        "if they came out the other way. Run these again."
    )


def broken(new: str, rules: Sequence[str]) -> str:
    named = ", ".join(rules[:NAMED])
    more = f" and {len(rules) - NAMED:,} more" if len(rules) > NAMED else ""
    many = "a hard rule" if len(rules) == 1 else f"hard rules {len(rules):,} times"
    return f"{new} breaks {many}: {named}{more}."


def unchanged(old: str, new: str) -> str:
    return f"{new} gives the same answers as {old}."


def passed(old: str, new: str, margin: float, seen: Sequence[Measure]) -> str:
    said = f"{new} is not worse than {old} by more than {points(margin)}."
    small = [each for each in seen if each.high < 0]
    for each in small:
        said += f" It is a little worse{_of(each, seen)}, by {_between(each)}, inside the margin."
    return said


def failed(old: str, new: str, worse: Sequence[Measure]) -> str:
    which = "; ".join(f"{_named(each, worse)}by {points(each.value)} ({_between(each)})" for each in worse)
    return f"{new} is worse than {old}: {which}."


def ways(found: Needs, cases: int, price: Callable[[int, int], str] = lambda cases, repeats: "") -> str:
    """What would do: `1,150 cases, or 5 repeats of these 120`; nothing where nothing does. `price` says what
    so many cases, or so many repeats, cost."""
    said = []
    if found.cases is not None:
        said = [f"{found.cases:,} cases{price(found.cases, 0)}"]
    if found.repeats is not None:
        said += [f"{found.repeats:,} repeats of these {cases:,}{price(0, found.repeats)}"]
    return ", or ".join(said)


def repeats(found: Needs) -> str:
    """What is to be said of repeats where they are not among the ways."""
    if found.repeats is not None:
        return ""
    if found.known:
        return "No number of repeats of these cases would do."
    return "Whether repeats would help is not known: no case was asked twice."


def open_(old: str, new: str, margin: float, worst: Measure, more: Needs) -> str:
    said = (
        f"{worst.cases:,} cases cannot tell whether {new} is worse than {old}: "
        f"a drop of {points(worst.low)} cannot be excluded, {points(margin)} would be accepted."
    )
    if worst.value < -margin:
        said += f" It leans worse: {points(worst.value)} were lost."
    if found := ways(more, worst.cases):
        said += f" About {found} would decide."
    elif worst.value <= -margin:
        said += " More cases would probably show that it is worse."
    return said


def _between(each: Measure) -> str:
    return f"{points(each.high)[: points(each.high).index(' ')]} to {points(each.low)}"


def _of(each: Measure, seen: Sequence[Measure]) -> str:
    return f" in '{each.name}'" if len(seen) > 1 else ""


def _named(each: Measure, worse: Sequence[Measure]) -> str:
    return f"'{each.name}' " if len(worse) > 1 else ""
