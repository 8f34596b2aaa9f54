"""Rules of routing, tried on what is there: logged conversations, or a run that asked all models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab import cost
from lab.engine import Lab, today
from lab.errors import BadInput
from lab.evals.variant import name_of, parts
from lab.routing import Rule, Turn, choose
from lab.types import Picodollars, Usage


@dataclass(frozen=True)
class Group:
    """Some turns of the log: how many, how many of them were followed by another question, and how many were
    rated well of those that were rated."""

    turns: int
    followed: int
    rated: int
    liked: int


@dataclass(frozen=True)
class Logged:
    """What rules would have done with logged turns. `by_rule` counts them; `cost` is what the moved ones cost
    and `instead` what the same tokens cost at the other model, both None where a price is unknown."""

    by_rule: Mapping[str, int]
    moved: Group
    stayed: Group
    cost: Picodollars | None
    instead: Picodollars | None

    @property
    def share(self) -> float | None:
        turns = self.moved.turns + self.stayed.turns
        return self.moved.turns / turns if turns else None


def logged(lab: Lab, rules: Sequence[Rule], exchanges: Iterable[Mapping[str, Any]]) -> Logged:
    """The rules put to the turns that `store.exchanges` gives. Whether the other model would have answered as
    well, the log cannot tell."""
    by_rule: Counter[str] = Counter()
    groups: dict[bool, list[Mapping[str, Any]]] = {True: [], False: []}
    paid: list[Picodollars | None] = []
    instead: list[Picodollars | None] = []
    for one in exchanges:
        rule = choose(rules, Turn(one["number"], one["asked"]), one["meant_model"], one["prompt"])
        groups[rule is not None].append(one)
        if rule:
            by_rule[rule.name] += 1
            usage = Usage(**{name: one[name] for name in Usage.__slots__})
            paid.append(cost.settled(usage, lab.model(one["meant_model"]), today()).amount)
            instead.append(cost.settled(usage, lab.model(rule.model), today()).amount)
    return Logged(by_rule, _group(groups[True]), _group(groups[False]), _sum(paid), _sum(instead))


@dataclass(frozen=True)
class Kept:
    """A way to answer a dataset's cases: how many passed of those with a verdict, and what it cost."""

    passed: int
    graded: int
    cost: Picodollars | None

    @property
    def rate(self) -> float | None:
        return self.passed / self.graded if self.graded else None


@dataclass(frozen=True)
class Checked:
    """What rules would have done with a run's cases: `moved` of `cases`, by rule; all of them at the usual
    model, and each where the rules send it. `lost` and `won`: cases that pass no longer, or only then."""

    variant: str
    cases: int
    by_rule: Mapping[str, int]
    usual: Kept
    routed: Kept
    lost: tuple[str, ...]
    won: tuple[str, ...]

    @property
    def moved(self) -> int:
        return sum(self.by_rule.values())


def checked(
    rules: Sequence[Rule], run: Mapping[str, Any], cases: Mapping[str, Mapping[str, Any]], usual: str
) -> tuple[Checked, ...]:
    """The rules put to a run that asked the `usual` model and those that the rules name, for each variant of
    that model that it asked of the others too; `cases` are its own, as `store.case_texts` gives them. Raises
    BadInput where there is none, with the command that asks them."""
    answers: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for result in run["results"]:
        answers.setdefault((result["variant"], result["case_id"]), []).append(result)
    found, asked = [], set(run["settings"]["variants"])
    for variant in run["settings"]["variants"]:
        said = parts(variant)
        if said.model != usual:
            continue
        sent = {id: _sent(rules, case, usual, said.prompt.partition("@")[0]) for id, case in cases.items()}
        other = {id: name_of(*said._replace(model=rule.model)) for id, rule in sent.items() if rule}
        if not asked.issuperset(other.values()):
            continue
        here = {id: answers.get((variant, id), []) for id in cases}
        there = {id: answers.get((other[id], id), []) if id in other else here[id] for id in cases}
        before = {id: _passed(run, each) for id, each in here.items()}
        after = {id: _passed(run, each) for id, each in there.items()}
        found.append(
            Checked(
                variant=variant,
                cases=len(cases),
                by_rule=Counter(rule.name for rule in sent.values() if rule),
                usual=_kept(here, before),
                routed=_kept(there, after),
                lost=tuple(id for id in cases if before[id] and after[id] is False),
                won=tuple(id for id in cases if before[id] is False and after[id]),
            )
        )
    if not found:
        raise _not_asked(run, usual, {rule.model for rule in rules})
    return tuple(found)


def saving(found: Logged) -> str:
    """What the moved turns cost, and what the same tokens cost where the rules send them."""
    paid, there = cost.dollars(found.cost), cost.dollars(found.instead)
    known = found.cost is not None and found.instead is not None
    less = found.cost - found.instead if known else 0
    said = f"{cost.dollars(abs(less))} {'less' if less >= 0 else 'more'}"
    return f"They cost {paid}; the same tokens cost {there} there: " + (
        f"{said}." if known else "what that saves is not known."
    )


def followed(found: Logged) -> list[str]:
    """How the moved turns and the others went on, each in a sentence."""
    groups = (("of these", found.moved), ("of the others", found.stayed))
    return [
        f"Another question followed {_share(group.followed, group.turns)} {name}; "
        f"thumbs up {_share(group.liked, group.rated)}."
        for name, group in groups
    ]


def quality(found: Checked) -> str:
    """What the rules do to the verdicts."""
    if not found.lost and not found.won:
        return "no verdict changes"
    lost = f"{len(found.lost)} pass no longer ({', '.join(found.lost[:5])})" if found.lost else "none is lost"
    return lost + (f", {len(found.won)} pass only then" if found.won else "")


ESTIMATE = "An estimate: other models count tokens otherwise, and what they would have answered is not known."


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%} ({part} of {whole})" if whole else "of none"


def _not_asked(run: Mapping[str, Any], usual: str, models: Iterable[str]) -> BadInput:
    options = " ".join(f"-m {model}" for model in sorted({usual, *models}))
    return BadInput(
        f"Run {run['id']} did not ask all the models that the rules choose between. "
        f"Make one that does: lab check {run['dataset']} {options}"
    )


def _sent(rules: Sequence[Rule], case: Mapping[str, Any], usual: str, prompt: str) -> Rule | None:
    return choose(rules, Turn(case.get("turn", 1), case["input"]), usual, prompt)


def _passed(run: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> bool | None:
    """Whether a case passed: as many of its answers as the dataset needs."""
    verdicts = [result["passed"] for result in results]
    if verdicts.count(True) >= run["settings"]["needs"]:
        return True
    return None if None in verdicts or not verdicts else False


def _kept(results: Mapping[str, Sequence[Mapping[str, Any]]], passed: Mapping[str, bool | None]) -> Kept:
    verdicts = [each for each in passed.values() if each is not None]
    return Kept(
        sum(verdicts), len(verdicts), _sum([each["cost"] for one in results.values() for each in one])
    )


def _group(turns: Sequence[Mapping[str, Any]]) -> Group:
    rated = [one["rating"] for one in turns if one["rating"] is not None]
    return Group(
        len(turns), sum(one["followed"] for one in turns), len(rated), sum(each > 0 for each in rated)
    )


def _sum(amounts: Sequence[Picodollars | None]) -> Picodollars | None:
    return None if None in amounts else sum(amounts)
