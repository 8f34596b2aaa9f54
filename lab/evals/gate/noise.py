"""How far apart two variants' answers to the same case are, and what so many cases can see through that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist, fmean

from lab.evals.gate import power
from lab.evals.gate.clusters import error
from lab.evals.gate.rule import Arm
from lab.evals.gate.spread import Spread, spread


@dataclass(frozen=True, slots=True)
class Noise:
    """The variance of a case's difference: `between` is that of the cases' true ones, more where families err
    together; `within` that of one answer each about it, None where no case was asked twice, so that it is in
    `between`. `size`: how many cases a family has. `binary`: pass or fail. `cases`: how many told it."""

    between: float
    within: float | None = None
    size: float = 1.0
    binary: bool = True
    cases: int = 0

    @property
    def whole(self) -> float:
        """That of one answer each: of pass or fail, the share of the cases that differ."""
        return self.between + (self.within or 0.0)

    def exact(self, repeats: float) -> bool:
        """Whether it is pass or fail once a case, for which there is an exact test."""
        return self.binary and repeats == 1 and self.size == 1

    @property
    def spread(self) -> Spread:
        """That of the families' means, or of the cases'."""
        return Spread(0, 1, self.between / self.size, (self.within or 0.0) / self.size)


@dataclass(frozen=True, slots=True)
class Needs:
    """What would decide: so many `cases` with as many repeats as now, or so many `repeats` of as many cases;
    None where no number does. `known`: whether it is known what repeats do."""

    cases: int | None
    repeats: int | None
    known: bool


def seen(noise: Noise, cases: int, repeats: int, alpha: float = power.ALPHA) -> float | None:
    """The least drop that so many cases show with a probability of 80 %; None where they show none."""
    if noise.exact(repeats):
        return power.seen(cases, noise.whole, alpha)
    return power.seen_in_means(noise.spread, round(cases / noise.size), repeats, alpha)


def needs(
    noise: Noise, distance: float, margin: float, cases: int, repeats: int, alpha: float = power.ALPHA
) -> Needs:
    """What tells with a probability of 80 % on which side of the margin the truth is, where it lies as far
    from it as `distance`: the margin itself for a version that is no worse."""
    known = noise.within is not None
    if distance <= 0:
        return Needs(None, None, known)
    z = NormalDist().inv_cdf(1 - alpha)
    fewest = ceil(z * z * (1 - margin) / margin)  # so many it takes where none differs
    if noise.exact(repeats):
        found = power.cases_needed(noise.whole, distance, alpha) if distance <= noise.whole else fewest
    else:
        families = power.cases_for_means(noise.spread, distance, repeats, alpha)
        found = None if families is None else ceil(families * noise.size)
    more = None
    if known and cases >= fewest:
        more = power.repeats_for_means(noise.spread, distance, round(cases / noise.size), alpha=alpha)
    return Needs(None if found is None else max(found, fewest), more, known)


def noise(name: str, old: Arm, new: Arm, families: bool) -> Noise | None:
    """What two sides tell of a measure, by the cases that both have. None with fewer than two families."""
    both = [
        (case, _known(old, case, name), _known(new, case, name)) for case in new.cases if case in old.cases
    ]
    both = [each for each in both if each[1] and each[2]]
    kin = [new.families.get(case, case) if families else case for case, *_ in both]
    count = len({*kin})
    if count < 2:
        return None
    whole = error([fmean(b) - fmean(a) for _, a, b in both], kin) ** 2 * len(both)
    binary = all(value in (0, 1) for _, a, b in both for value in (*a, *b))
    about = (len(both) / count, binary, len(both))
    sides = [_within([each[side] for each in both]) for side in (1, 2)]
    known = [each for each in sides if each is not None]
    if not known:
        return Noise(whole, None, *about)
    within = 2 * fmean(known)  # one side stands for the other where that was asked once
    repeats = fmean(2 / (1 / len(a) + 1 / len(b)) for _, a, b in both)
    return Noise(max(whole - within / repeats, 0.0), within, *about)


def pooled(found: Sequence[Noise], again: Sequence[Noise] = ()) -> Noise:
    """What two versions or more tell, weighed by cases; `again`: one version, asked twice, which tells of
    what is within alone. Where none differed, as if one of two more cases did."""
    within = [(each.within, each.cases) for each in found if each.within is not None]
    within += [(each.whole, each.cases) for each in again]
    known = _weighed(within) if within else None
    cases = sum(each.cases for each in found)
    whole = _weighed([(each.whole, each.cases) for each in found]) or 1 / (cases + 2)
    size = _weighed([(each.size, each.cases) for each in found])
    between = max(whole - (known or 0.0), 0.0)
    return Noise(between, known, size, all(each.binary for each in found), cases)


def _weighed(values: Sequence[tuple[float, int]]) -> float:
    return sum(value * cases for value, cases in values) / sum(cases for _, cases in values)


def _within(by_case: Sequence[Sequence[float]]) -> float | None:
    """The variance of a case's answers about their mean; None where no case has two."""
    found = spread(by_case) if any(len(each) > 1 for each in by_case) else None
    return None if found is None else found.within


def _known(arm: Arm, case: str, name: str) -> tuple[float, ...]:
    return tuple(score for score in arm.cases[case].scores.get(name, ()) if score is not None)
