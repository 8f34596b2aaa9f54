"""How often answers to a dataset's cases differed before: what its runs tell of the noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from lab import store
from lab.evals.dataset import Dataset
from lab.evals.gate import Arm, Rule
from lab.evals.gate.noise import Noise, noise, pooled
from lab.evals.sides import sides
from lab.evals.variant import parts
from lab.store import Connection
from lab.types import Principal

RUNS = 10
"""The newest runs that are looked at."""
ENOUGH = 2_000
"""Cases of a run that are looked at, and cases held against each other after which no older run is."""
FEWEST = 20
"""Cases that have to be held against each other, of two versions, before it counts as known."""
ASSUMED = 0.2
"""The share of the cases that differ between two versions, where nothing is known yet."""
ENDED = ("passed", "failed", "inconclusive", "answered", "invalid")


class Known(NamedTuple):
    """The noise of a measure, and of how many runs it is; 0: `ASSUMED`."""

    noise: Noise
    runs: int


@dataclass(frozen=True)
class _Asked:
    run: str
    version: tuple[Any, ...]
    model: str
    arm: Arm


def known(connection: Connection, principal: Principal, dataset: Dataset, simulated: bool) -> list[Known]:
    """Of each measure of the dataset's gate, by the runs of the person that asked anew: real ones, or those
    that were simulated."""
    arms: list[_Asked] = []
    pairs: list[tuple[_Asked, _Asked]] = []
    for run in store.runs(connection, principal, RUNS, dataset=dataset.name):
        if not _counts(run, simulated):
            continue
        for found in _arms(connection, principal, run, dataset.gate):
            later = next((each for each in reversed(arms) if _alike(each, found)), None)
            pairs += [(found, later)] if later else []
            arms.append(found)
        if sum(len(new.arm.cases) for _, new in pairs) >= ENOUGH:
            break
    return [_known(name, pairs, dataset.gate) for name in dataset.gate.measures]


def _counts(run: Mapping[str, Any], simulated: bool) -> bool:
    """Whether a run asked for its answers itself, and came to an end."""
    settings = run["settings"]
    taken = settings.get("replayed") or settings.get("reuse") or settings.get("regraded")
    return run["state"] in ENDED and not taken and (run["source"] == "simulated") == simulated


def _arms(connection: Connection, principal: Principal, run: Mapping[str, Any], rule: Rule) -> list[_Asked]:
    settings = run["settings"]
    found = sides(connection, principal, run, rule, answers=False, most=ENOUGH)
    return [
        _Asked(run["id"], tuple(settings["prompts"].get(name, ())), parts(name).model, arm)
        for name, arm in found.items()
    ]


def _alike(one: _Asked, other: _Asked) -> bool:
    """Whether they are of the same cases on the same model."""
    return one.model == other.model and one.arm.dataset == other.arm.dataset


def _known(name: str, pairs: Sequence[tuple[_Asked, _Asked]], rule: Rule) -> Known:
    others: list[Noise] = []
    again: list[Noise] = []
    runs = set()
    for old, new in pairs:
        if (found := noise(name, old.arm, new.arm, rule.cluster is not None)) is not None:
            (again if old.version == new.version else others).append(found)
            runs |= {old.run, new.run}
    if sum(each.cases for each in others) >= FEWEST:
        return Known(pooled(others, again), len(runs))
    return Known(Noise(ASSUMED), 0)
