"""The evidence of a check that goes on until it is decided, as it grew: for a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab import store
from lab.engine import Lab
from lab.evals.against import against
from lab.evals.dataset import load
from lab.evals.deciding.fit import sides
from lab.evals.deciding.setup import families, kept, marks, units
from lab.evals.gate import Course, Look
from lab.evals.gating import kept as kept_arms
from lab.evals.selection import renewed
from lab.types import Principal

MOST = 200
"""Looks that are kept with a run: as many as a picture can show."""


@dataclass(frozen=True)
class Drawn:
    """The looks, and after how many steps each case, or family, was there once."""

    looks: Sequence[Look]
    round: int


def drawn(lab: Lab, principal: Principal, run: Mapping[str, Any]) -> Drawn | None:
    """Of a run as `store.run_head` gives it, whether it goes on or has ended; None for one that is of another
    kind. Raises BadInput and LabError where it goes on, and what it is held against is not there any more."""
    until = run["settings"].get("until")
    if until is None:
        return None
    if found := (run["summary"] or {}).get("until"):
        return Drawn([Look(*each) for each in found["looks"]], found["round"])
    course = _course(lab, principal, run, until["seed"])
    return Drawn(thinned(course.looks), len(course.units))


def thinned(looks: Sequence[Look]) -> list[Look]:
    """Some of them, the last among them."""
    step = -(-len(looks) // MOST)
    return [*reversed(looks[:: -step or -1])] if looks else []


def _course(lab: Lab, principal: Principal, run: Mapping[str, Any], seed: int) -> Course:
    settings = run["settings"]
    dataset = renewed(load(lab.folder / settings["file"]), settings.get("selection"))
    rule, held = dataset.gate, against(lab, principal, dataset, settings.get("held_against"))
    [new], _ = sides(settings["variants"], held)
    old = kept_arms(lab.store.read, principal, rule, held, [new]).get(new)
    order = units([case.id for case in dataset.cases], families(dataset), seed)
    course = Course(rule, order, settings["repeats"], kept(old, rule) if old else None)
    for result in store.results(lab.store.read, principal, run["id"]):
        about = (result["case_id"], result["repeat"], marks(result, rule), result["variant"] == new)
        course.take(*about)
    return course
