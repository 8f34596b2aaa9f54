"""May the new one go on in place of the old? One function, in a fixed order; everything else shows what it
says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lab.evals.gate import flips, wording
from lab.evals.gate.holm import holm
from lab.evals.gate.measure import Measure, Pairs, filled, measured, pairs, resampled, sums
from lab.evals.gate.noise import Needs, needs, noise
from lab.evals.gate.rule import Arm, Rule

State = Literal["passed", "failed", "invalid", "inconclusive"]
CODES = {"passed": 0, "failed": 1, "invalid": 3, "inconclusive": 0}
NOTHING = Needs(None, None, False)
LEANING = 4
"""Exit code of what is inconclusive and leans worse: the drop seen is more than the margin."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`sentence` says it in plain words. `rule` is the hash of what decided; `cases_needed` would decide, if
    what was seen is what is so, or `repeats_needed` of the same cases: None where the verdict stands, or
    where no number would, or where it is not known what repeats do."""

    state: State
    exit_code: int
    sentence: str
    old: str
    new: str
    margin: float
    rule: str
    measures: tuple[Measure, ...] = ()
    broken: tuple[str, ...] = ()
    cases_needed: int | None = None
    repeats_needed: int | None = None


def decide(rule: Rule, old: Arm, new: Arm) -> Decision:
    """The verdict on `new`, held against `old`. In this order: what cannot be compared; hard rules; the same
    answers; not worse by the margin; worse; open."""
    found = [pairs(name, old, new, rule.cluster is not None) for name in rule.measures]
    about = About(rule, old.name, new.name)
    if why := _incomparable(rule, old, new, found):
        return about.decision("invalid", why)
    seen = _measures(rule, found)
    state = _state(rule, seen) if seen else "invalid"
    if seen and not _holds(rule, found, state):
        return about.decision("invalid", wording.could_flip(found, state), seen)
    if seen:
        seen = tuple(resampled(each, of, rule.level) for each, of in zip(found, seen, strict=True))
    if broken := tuple(f"{case}: {name}" for case, asked in new.cases.items() for name in asked.breaks):
        return about.decision("failed", wording.broken(new.name, broken), seen, broken=broken)
    if new.same(old):
        return about.decision("passed", wording.unchanged(old.name, new.name), seen)
    if seen is None:
        return about.decision("invalid", wording.too_few(found))
    if state == "passed":
        return about.decision(state, wording.passed(old.name, new.name, rule.margin, seen), seen)
    if state == "failed":
        return about.decision(state, wording.failed(old.name, new.name, _worse(rule, seen)), seen)
    worst = min(seen, key=lambda each: each.low)
    more = _needs(rule, old, new, worst)
    said = wording.open_(old.name, new.name, rule.margin, worst, more)
    return about.decision("inconclusive", said, seen, needs=more)


@dataclass(frozen=True, slots=True)
class About:
    """What a verdict is about: the rule, and both sides by their names."""

    rule: Rule
    old: str
    new: str

    def decision(
        self,
        state: State,
        sentence: str,
        measures: Sequence[Measure] | None = (),
        broken: tuple[str, ...] = (),
        needs: Needs = NOTHING,
    ) -> Decision:
        seen = tuple(measures or ())
        leans = state == "inconclusive" and any(each.value < -self.rule.margin for each in seen)
        code = LEANING if leans else CODES[state]
        what = (self.rule.margin, self.rule.hash, seen, broken, needs.cases, needs.repeats)
        return Decision(state, code, sentence, self.old, self.new, *what)


def _needs(rule: Rule, old: Arm, new: Arm, worst: Measure) -> Needs:
    """What would tell on which side of the margin the worst measure is, if what was seen is what is so."""
    found = noise(worst.name, old, new, rule.cluster is not None)
    if found is None:
        return NOTHING
    repeats = max(len(asked.scores.get(worst.name, ())) for asked in new.cases.values())
    return needs(found, worst.value + rule.margin, rule.margin, worst.cases, repeats, rule.alpha)


def _incomparable(rule: Rule, old: Arm, new: Arm, found: Sequence[Pairs]) -> str | None:
    if old.dataset != new.dataset:
        return wording.other_cases(old.name, new.name)
    for each in found:
        whole = len(each.cases) + each.missing
        if not whole:
            return wording.no_such_measure(each.name)
        if each.missing > rule.missing * whole:
            return wording.too_many_missing(each.missing, whole, rule.missing)
    return None


def _measures(rule: Rule, found: Sequence[Pairs]) -> tuple[Measure, ...] | None:
    """The figures of all; None where one has too few cases."""
    ps = _chances(found)
    seen = [measured(each, rule, p) for each, p in zip(found, ps, strict=True)]
    if None in seen:
        return None
    together = holm([each.p for each in seen])
    return tuple(replace(each, adjusted=p) for each, p in zip(seen, together, strict=True))


def _chances(found: Sequence[Pairs]) -> list[float]:
    """Measures of the same cases are turned together; what is pass or fail needs no turning."""
    ps = [1.0] * len(found)
    groups: dict[tuple, list[int]] = {}
    for at, each in enumerate(found):
        if each.method != "pass or fail" and each.cases:
            groups.setdefault((each.cases, each.families), []).append(at)
    for group in groups.values():
        together = list(zip(*(sums(found[at]) for at in group), strict=True))
        for at, p in zip(group, flips.worse(together), strict=True):
            ps[at] = p
    return ps


def _state(rule: Rule, seen: Sequence[Measure]) -> State:
    if all(each.low > -rule.margin for each in seen):
        return "passed"
    return "failed" if _worse(rule, seen) else "inconclusive"


def _worse(rule: Rule, seen: Sequence[Measure]) -> list[Measure]:
    """Those that are worse beyond chance, and not surely by less than the margin."""
    return [
        each for each in seen if each.high < 0 and each.adjusted <= rule.alpha and each.low <= -rule.margin
    ]


def _holds(rule: Rule, found: Sequence[Pairs], state: State) -> bool:
    """Whether it would be the same verdict however the missing ones had come out."""
    if state == "inconclusive" or not any(each.missing for each in found):
        return True
    assumed = -1.0 if state == "passed" else 1.0
    seen = _measures(rule, [filled(each, assumed) for each in found])
    return seen is not None and _state(rule, seen) == state
