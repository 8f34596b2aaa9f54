"""How many cases flip, what flips them, and what that costs the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab import store
from lab.engine import Lab
from lab.errors import BadInput
from lab.evals.dataset import load
from lab.evals.flakes.flaky import Flake, asked_again, flakes, within
from lab.evals.flakes.seen import Seen, original, seen
from lab.evals.gate import Rule
from lab.evals.gate.noise import Needs, Noise, needs
from lab.evals.gate.noise import seen as visible
from lab.evals.sight.known import known
from lab.types import Picodollars, Principal

REPEATS = (1, 2, 3, 5, 10)
"""For which it is said what the gate would see."""


@dataclass(frozen=True, slots=True)
class Step:
    """With so many `repeats` of each case: the least drop that the gate sees four times out of five (None:
    none), and what asking and judging them costs, None where that is not known."""

    repeats: int
    drop: float | None
    cost: Picodollars | None


@dataclass(frozen=True)
class Report:
    """Of a variant. `cases`: all; `again`: those that have more than one verdict. `steps`: what more repeats
    show, and `needs`: what shows the margin; nothing where no answer to the same case differs. `assumed`: it
    is not known how far versions differ, so that chance alone is reckoned with. `regraded`: how many of the
    runs graded answers that were there."""

    run: str
    dataset: str
    variant: str
    runs: tuple[str, ...]
    cases: int
    again: int
    flaky: tuple[Flake, ...]
    repeats: int
    steps: tuple[Step, ...]
    margin: float
    needs: Needs | None
    assumed: bool
    judged: bool
    regraded: int
    simulated: bool

    @property
    def flipping(self) -> frozenset[str]:
        """The cases."""
        return frozenset(flake.case for flake in self.flaky)


def reports(lab: Lab, principal: Principal, id: str) -> tuple[Report, ...]:
    """Of each variant of a run; of one that graded again, of the run whose answers these were. Raises
    BadInput where there is no such run."""
    connection = lab.store.read
    run = original(connection, principal, store.run_head(connection, principal, id))
    rule, between = _known(lab, principal, run)
    return tuple(_report(run, of, rule, between) for of in seen(connection, principal, run))


def named(lab: Lab, principal: Principal, name: str) -> str:
    """The run that is meant: an id, `last`, or the newest of a dataset. Raises BadInput where there is
    none."""
    newest = store.newest_runs(lab.store.read, principal)
    if name in newest:
        return newest[name]["id"]
    if name == "last" and newest:
        return max(each["id"] for each in newest.values())
    try:
        return store.run_head(lab.store.read, principal, name)["id"]
    except BadInput:
        raise BadInput(f"'{name}' is no run, and no dataset that has one. `lab runs` lists them.") from None


def _report(run: Mapping[str, Any], of: Seen, rule: Rule, between: Noise | None) -> Report:
    settings, noise = run["settings"], _noise(of, between)
    return Report(
        run=run["id"],
        dataset=run["dataset"],
        variant=of.variant,
        runs=of.runs,
        cases=len(of.cases),
        again=asked_again(of),
        flaky=flakes(of),
        repeats=settings["repeats"],
        steps=_steps(run, of, noise) if noise else (),
        margin=rule.margin,
        needs=_needs(noise, rule, len(of.cases), settings["repeats"]) if noise else None,
        assumed=between is None,
        judged=bool(settings.get("judges")),
        regraded=len({each.run for given in of.cases.values() for each in given if each.anew}),
        simulated=run["source"] == "simulated",
    )


def _noise(of: Seen, between: Noise | None) -> Noise | None:
    """How far apart two versions' answers to a case are: by chance, twice the variance of one's own from
    answer to answer, and in truth as far as is known. None where no case was asked twice, or nothing differs:
    then repeats bring nothing."""
    own = within(of)
    if not own:
        return None
    if between is None:
        return Noise(0.0, 2 * own)
    apart = between.between if between.within is not None else max(between.between - 2 * own, 0.0)
    return replace(between, between=apart, within=2 * own)


def _steps(run: Mapping[str, Any], of: Seen, noise: Noise) -> tuple[Step, ...]:
    once, cases = _once(run, of), len(of.cases)
    return tuple(
        Step(many, visible(noise, cases, many), None if once is None else round(once * many))
        for many in sorted({*REPEATS, run["settings"]["repeats"]})
    )


def _needs(noise: Noise, rule: Rule, cases: int, repeats: int) -> Needs:
    return needs(noise, rule.margin, rule.margin, cases, repeats, rule.alpha)


def _known(lab: Lab, principal: Principal, run: Mapping[str, Any]) -> tuple[Rule, Noise | None]:
    """The dataset's gate, and how far versions differ in passing where two of them were asked the same; what
    is usual, and None, where the dataset is not there any more."""
    try:
        dataset = load(lab.folder / Path(run["settings"].get("file", "")))
    except BadInput:
        return Rule(), None
    passing = replace(dataset, gate=replace(dataset.gate, measures=Rule().measures))
    (found,) = known(lab.store.read, principal, passing, run["source"] == "simulated")
    return dataset.gate, found.noise if found.runs else None


def _once(run: Mapping[str, Any], of: Seen) -> float | None:
    """What one answer to every case cost, with its share of judging."""
    scores = {each["variant"]: each for each in (run["summary"] or {}).get("scores", ())}
    answers = scores.get(of.variant, run["spent"].get(of.variant, {})).get("cost")
    judging = run["judging"]["cost"]
    given = sum(each.run == run["id"] for case in of.cases.values() for each in case)
    if answers is None or judging is None or not given:
        return None
    return (answers + judging / len(run["settings"]["variants"])) * len(of.cases) / given
