"""A comparison that goes on until it is decided: what each case adds, in an order that was fixed before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Literal, NamedTuple

from lab.evals.gate.evidence import Bet, Evidence
from lab.evals.gate.measure import Measure
from lab.evals.gate.noise import Needs, Noise, needs
from lab.evals.gate.rule import Rule
from lab.evals.gate.spread import Spread, spread

Marks = tuple[float | None, ...]
"""What an answer was given, measure by measure; None: no verdict."""
CASES = 0.8
"""The share of the error that a rule allows which is for looks while cases come; the rest is for those while
they are repeated."""
CHUNK = 20
"""Cases, or families, that must have been repeated before it is said whether that helps, and after which that
is looked at again."""


class Look(NamedTuple):
    """After so many `steps`: the wealth against each claim, of the measure that decides, and what it has to
    be. A step is a case, or a family, with its first answers, or then with one more."""

    steps: int
    not_worse: float
    failed_at: float
    too_much_worse: float
    passed_at: float


class Course:
    """Of a new side against an old one. `units` are families of cases, or single ones, in their order; of
    each `repeats` answers come first, then one more after the other, unit by unit. `old` is what each case
    had on a side that is kept; None: that is asked along.

    `state` is `passed` or `failed` as soon as it is decided; it is `futile` where all cases came and more
    repeats would hardly decide. Both are by the answers in their order alone: whatever came besides changes
    nothing. `looks` are all until then.
    """

    def __init__(
        self, rule: Rule, units: Sequence[Sequence[str]], repeats: int, old: Mapping[str, Marks] | None = None
    ) -> None:
        self.rule, self.units, self.repeats = rule, units, repeats
        self.state: Literal["passed", "failed"] | None = None
        self.futile = False
        self.looks: list[Look] = []
        self._kept, self._largest = old, max(map(len, units))
        self._evidence = [Evidence(rule.margin) for _ in rule.measures]
        self._old: dict[str, dict[int, Marks]] = defaultdict(dict)
        self._new: dict[str, dict[int, Marks]] = defaultdict(dict)
        self._seen: dict[str, tuple[tuple[float | None, float | None], ...]] = {}

    @property
    def steps(self) -> int:
        """How many have been looked at."""
        return len(self.looks)

    @property
    def round(self) -> int:
        """0 while cases come, then that of their repeats."""
        return self.steps // len(self.units)

    @property
    def over(self) -> bool:
        """Whether nothing that could come matters any more."""
        return self.futile or self.state is not None

    @property
    def cases(self) -> tuple[str, ...]:
        """Those that were looked at."""
        return tuple(self._seen)

    def take(self, case: str, repeat: int, marks: Marks, new: bool) -> None:
        """An answer's marks, in whatever order they come; `new`: of the new side. `repeat` counts from 1."""
        (self._new if new else self._old)[case][repeat] = marks
        while not self.over and self._complete():
            self._look()
            if self.round and not (self.steps % CHUNK and self.steps % len(self.units)):
                self.futile = self.state is None and not self._helps()

    def measures(self) -> tuple[Measure, ...]:
        """The figures, with an interval and a p that hold however often it was looked at; none where nothing
        was."""
        known = all(any(None not in each[at] for each in self._seen.values()) for at in self._places)
        return tuple(map(self._measure, self._places)) if self.looks and known else ()

    def needs(self, worst: Measure) -> Needs:
        """What would tell on which side of the margin a measure is, if what was seen is what is so."""
        apart = self._apart(self.rule.measures.index(worst.name))
        size = len(self._seen) / len(apart)
        found = spread(apart) or Spread(0, 0, 0.0, 0.0)
        within = found.within * size if any(len(each) > 1 for each in apart) else None
        binary = all(value in (-1, 0, 1) for each in apart for value in each)
        known = Noise(found.between * size, within, size, binary)
        asked = (worst.cases, max(map(len, apart)))
        return needs(known, worst.value + self.rule.margin, self.rule.margin, *asked, self.rule.alpha)

    def _helps(self) -> bool:
        """Whether more repeats may decide: not where nothing differs, nor where what the cases differ by
        themselves is more of the error than what their answers vary by. Before some were repeated it is not
        known: then they may."""
        for at in range(len(self.rule.measures)):
            apart = self._apart(at)
            if any(value for each in apart for value in each):
                again = [each for each in apart if len(each) > self.repeats]
                if len(again) < min(CHUNK, len(apart)):
                    return True
                found = spread(again)
                if found and found.within > found.between * found.repeats:
                    return True
        return False

    @property
    def _places(self) -> range:
        return range(len(self.rule.measures))

    def _complete(self) -> bool:
        """Whether all answers of the next step are there."""
        first = 1 if self.round == 0 else self.repeats + self.round
        asked = range(first, self.repeats + self.round + 1)
        sides = [self._new] if self._kept is not None else [self._new, self._old]
        unit = self.units[self.steps % len(self.units)]
        return all(repeat in side[case] for side in sides for case in unit for repeat in asked)

    def _look(self) -> None:
        place, upto = self.steps % len(self.units), self.repeats + self.round
        unit = self.units[place]
        for case in unit:
            self._seen[case] = tuple(self._means(case, at, upto) for at in self._places)
        for at, evidence in enumerate(self._evidence):
            pairs = [self._seen[case][at] for case in unit]
            missing = sum(None in each for each in pairs)
            whole = sum(new - old for old, new in pairs if old is not None and new is not None)
            bet = (whole + missing, whole - missing, len(unit))
            evidence.put(place, Bet(*(each / self._largest for each in bet)))
        share = self.rule.alpha * (1 - CASES if self.round else CASES)
        failed_at, passed_at = len(self._evidence) / share, 1 / share  # one of several, or all of them
        worst = max(each.not_worse for each in self._evidence)
        least = min(each.too_much_worse for each in self._evidence)
        self.looks.append(Look(self.steps + 1, worst, failed_at, least, passed_at))
        if least >= passed_at:
            self.state = "passed"
        elif worst >= failed_at:
            self.state = "failed"

    def _measure(self, at: int) -> Measure:
        last, evidence, many = self.looks[-1], self._evidence[at], len(self._evidence)
        pairs = [each[at] for each in self._seen.values() if None not in each[at]]
        apart = [new - old for old, new in pairs]
        old, new = (fmean(each) for each in zip(*pairs, strict=True))
        p = min(1.0, 1 / evidence.not_worse)
        return Measure(
            self.rule.measures[at], "until decided", len(pairs), len(self._seen) - len(pairs), old, new,
            new - old, *evidence.interval(last.passed_at, last.failed_at),
            sum(each < 0 for each in apart), sum(each > 0 for each in apart), p, min(1.0, many * p),
        )  # fmt: skip

    def _means(self, case: str, at: int, upto: int) -> tuple[float | None, float | None]:
        """Of both sides, over the answers up to that one."""
        kept = None if self._kept is None else self._kept.get(case, (None,) * len(self._evidence))[at]
        old = _mean(self._old[case], at, upto) if self._kept is None else kept
        return old, _mean(self._new[case], at, upto)

    def _apart(self, at: int) -> list[list[float]]:
        """The differences of the units that were looked at, answer by answer: of families, their means."""
        found = []
        for unit in self.units[: self.steps]:
            each = [self._differing(unit, at, repeat) for repeat in sorted(self._new[unit[0]])]
            if known := [fmean(values) for values in each if values]:
                found.append(known)
        return found

    def _differing(self, unit: Sequence[str], at: int, repeat: int) -> list[float]:
        none = (None,) * len(self._evidence)
        sides = []
        for case in unit:
            old = self._old[case].get(repeat, none) if self._kept is None else self._kept.get(case, none)
            sides.append((old[at], self._new[case].get(repeat, none)[at]))
        return [new - old for old, new in sides if old is not None and new is not None]


def _mean(came: Mapping[int, Marks], at: int, upto: int) -> float | None:
    known = [marks[at] for repeat, marks in came.items() if repeat <= upto and marks[at] is not None]
    return fmean(known) if known else None
