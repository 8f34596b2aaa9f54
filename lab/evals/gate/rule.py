"""What decides, fixed before anything is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from lab.types import digest

PASSED = "passed"
"""The measure that every dataset has: whether a case passed, by all its graders together."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`margin`: a drop of this share or more is not let through; `alpha`: how often, at most, an unchanged
    prompt is called worse; `missing`: the share of the cases that may lack a verdict. `measures`: what is
    compared, `passed` or graders by name. `hard`: graders of which no answer may fail. `cluster`: the column
    that names a case's family."""

    margin: float = 0.03
    alpha: float = 0.05
    missing: float = 0.02
    measures: tuple[str, ...] = (PASSED,)
    hard: tuple[str, ...] = ()
    cluster: str | None = None

    @property
    def hash(self) -> str:
        """Equal for rules that decide alike."""
        return digest(repr(sorted(asdict(self).items()))).hex()

    @property
    def level(self) -> float:
        """Of the two-sided interval, whose ends err once in 1 / alpha each."""
        return 1 - 2 * self.alpha


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a case with one variant: of each measure the scores of its repeats, 0 to 1, None where
    there is no verdict; the `answers`, each by whatever tells two apart; the hard rules that it `breaks`."""

    scores: Mapping[str, tuple[float | None, ...]]
    answers: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a comparison: `name` as a person reads it, what came by case, and the hash of the cases and
    graders that it was asked."""

    name: str
    cases: Mapping[str, Asked]
    dataset: str = ""
    families: Mapping[str, str] = field(default_factory=dict)

    def same(self, other: Arm) -> bool:
        """Whether every answer is the one that the other side has."""
        if self.cases.keys() != other.cases.keys():
            return False
        sides = [(other.cases[case].answers, self.cases[case].answers) for case in self.cases]
        return all(before and before == after for before, after in sides)
