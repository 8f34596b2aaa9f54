"""One measure of two variants on the same cases: how far they are apart, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

from lab.evals.gate import bootstrap, mcnemar
from lab.evals.gate.clusters import clustered, totals
from lab.evals.gate.rule import Arm, Asked, Rule
from lab.evals.paired import Interval, binary, difference, student

Method = Literal["pass or fail", "means", "families", "until decided"]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A measure's cases that have it on both sides: `old` and `new` are their means over repeats; `missing`
    ones lack it on a side. `once`: each had a single answer."""

    name: str
    cases: tuple[str, ...]
    old: tuple[float, ...]
    new: tuple[float, ...]
    families: tuple[str, ...] | None
    missing: int
    once: bool

    @property
    def differences(self) -> tuple[float, ...]:
        """By case, the new less the old."""
        return tuple(b - a for a, b in zip(self.old, self.new, strict=True))

    @property
    def method(self) -> Method:
        """What fits such values: exact tests of pass or fail once a case, else means; families apart."""
        if self.families is not None:
            return "families"
        return "pass or fail" if self.once and binary([*self.old, *self.new]) else "means"


@dataclass(frozen=True, slots=True)
class Measure:
    """The difference of a measure, new less old, with its interval. `lost` and `gained` count cases; `p` is
    one-sided: how often chance alone is as bad; `adjusted` counts in that other measures were looked at.
    `resampled` is the interval that assumes no shape (see `bootstrap`), None of pass or fail."""

    name: str
    method: Method
    cases: int
    missing: int
    old: float
    new: float
    value: float
    low: float
    high: float
    lost: int
    gained: int
    p: float
    adjusted: float
    resampled: tuple[float, float] | None = None


def pairs(name: str, old: Arm, new: Arm, clustering: bool) -> Pairs:
    """The cases of a measure; those that it is not of are left out."""
    held, missing = [], 0
    for case in dict.fromkeys([*old.cases, *new.cases]):
        sides = [arm.cases.get(case) for arm in (old, new)]
        if not any(side and name in side.scores for side in sides):
            continue
        known = [_known(side, name) for side in sides]
        if all(known):
            held.append((case, *known))
        else:
            missing += 1
    families = tuple(new.families.get(case, case) for case, *_ in held) if clustering else None
    return Pairs(
        name,
        tuple(case for case, *_ in held),
        tuple(fmean(one) for _, one, _ in held),
        tuple(fmean(two) for _, _, two in held),
        families,
        missing,
        all(len(one) == len(two) == 1 for _, one, two in held),
    )


def measured(found: Pairs, rule: Rule, p: float) -> Measure | None:
    """The figures; `p` as `flips.worse` gives it, for what is no pass or fail. None with too few cases."""
    apart = found.differences
    interval = _interval(found, apart, rule.level)
    if interval is None:
        return None
    lost, gained = sum(each < 0 for each in apart), sum(each > 0 for each in apart)
    if found.method == "pass or fail":
        p = mcnemar.worse(lost, gained)
    ends = (interval.value, interval.low, interval.high)
    return Measure(
        found.name, found.method, len(apart), found.missing, fmean(found.old), fmean(found.new), *ends,
        lost, gained, p, p,
    )  # fmt: skip


def resampled(found: Pairs, seen: Measure, level: float) -> Measure:
    """The same, with the interval that assumes no shape."""
    if found.method == "pass or fail":
        return seen
    units = found.families or found.cases
    sizes = totals([1.0] * len(found.cases), units)
    return replace(seen, resampled=bootstrap.interval(sums(found), sizes, level))


def filled(found: Pairs, with_: float) -> Pairs:
    """As if every missing pair differed by this much."""
    cases = tuple(f"missing {number}" for number in range(found.missing))
    old = tuple(float(with_ < 0) for _ in cases)
    new = tuple(value + with_ for value in old)
    families = None if found.families is None else (*found.families, *cases)
    return replace(
        found,
        cases=found.cases + cases,
        old=found.old + old,
        new=found.new + new,
        families=families,
        missing=0,
    )


def sums(found: Pairs) -> list[float]:
    """What is turned as one: the differences of each family, or of each case."""
    return totals(found.differences, found.families or found.cases)


def _interval(found: Pairs, apart: Sequence[float], level: float) -> Interval | None:
    if found.method == "families":
        return clustered(apart, found.families, level) if apart else None
    if found.method == "pass or fail":
        return difference(found.old, found.new, level)
    return student(apart, level) if len(apart) > 1 else None


def _known(side: Asked | None, name: str) -> list[float]:
    return [] if side is None else [score for score in side.scores.get(name, ()) if score is not None]
