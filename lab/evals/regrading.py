"""The saved answers of a run, graded with its dataset as that is now: a run of its own, in which only judges
are asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from lab import cost, store
from lab.engine import Lab, Lives
from lab.errors import BadInput, LabError, StoreError
from lab.evals import recordings
from lab.evals.against import against
from lab.evals.budget import budgeted
from lab.evals.dataset import Dataset, load, question
from lab.evals.order import Order, equipped, fulfil
from lab.evals.plan import Plan, Saved
from lab.evals.selection import LAST
from lab.evals.variant import Variant, named, parts
from lab.providers import HOW_TO_SET_A_KEY
from lab.types import Principal, new_id

NAMED = 5
"""Cases that are left out, as many as a sentence names."""


@dataclass(frozen=True)
class Regrading:
    """A run to be graded again by `fulfil`: in which lab, as which plans (one for each time) and order; and
    what it means, in a sentence or two."""

    lab: Lab
    plans: tuple[Plan, ...]
    order: Order
    words: str

    @property
    def plan(self) -> Plan:
        """The first."""
        return self.plans[0]


def regraded(
    lab: Lab,
    principal: Principal,
    id: str,
    file: Path | None = None,
    judges: bool = True,
    only: Collection[str] | None = None,
    times: int = 1,
) -> Regrading:
    """What grading a run's answers again comes to (`last`: the newest's): with its dataset as it is now, or
    another `file`. Without `judges` what they would say is left open. `only`: the answers to these cases;
    `times`: so often, to see whether judges say the same each time.

    Cases that were not asked as they stand now are left out. Raises BadInput where none is left, where the
    run still goes on or its dataset or prompts cannot be had, and LabError where judges cannot be asked.
    """
    if id == LAST and (newest := store.last_run(lab.store.read, principal)):
        id = newest
    run = store.run(lab.store.read, principal, id)
    if run["state"] == "running":
        raise BadInput(f"Run {id} still goes on. Grade it again when it has ended.")
    dataset = load(lab.folder / (file or run["settings"]["file"]))
    kept, left_out = _sorted(lab, principal, run, dataset)
    kept = kept if only is None else _narrowed(kept, only)
    order = Order(simulated=run["source"] == "simulated")
    lab = equipped(lab, order)
    calls = {(each["case_id"], each["variant"], each["repeat"]): each["call_id"] for each in run["results"]}
    saved = Saved(id, calls, judges)
    plan = Plan(new_id(), kept, _variants(lab, run), principal, saved=saved)
    held = None if only is not None else against(lab, principal, kept, None)
    plan = replace(plan, weighed=plan.loads(lab), against=held)
    _check_judges(lab, plan, order)
    if times > 1:
        _check_anew(lab, plan)
    ids = sorted((plan.run, *(new_id() for _ in range(times - 1))))
    plans = budgeted(lab, [replace(plan, run=each) for each in ids], None)
    return Regrading(lab, tuple(plans), order, " ".join([*_said(lab, plan, times), *left_out]))


def start_regrading(
    lives: Lives,
    principal: Principal,
    id: str,
    judges: bool = True,
    only: Collection[str] | None = None,
    times: int = 1,
) -> list[str]:
    """Begin it on the engine's own thread, as pieces of work that have the new runs' names, one after the
    other. Gives these once their rows are there. Raises as `regraded` does, and StoreError where nothing can
    be written."""
    of = regraded(lives.lab, principal, id, judges=judges, only=only, times=times)
    call, turn = lives.caller(of.lab), asyncio.Lock()
    for plan in of.plans:
        lives.work(plan.run, partial(fulfil, of.lab, call, plan, of.order, lambda result: None, turn))
    try:
        lives.work(new_id(), partial(of.lab.store.commit, lambda connection: None)).result()  # after its row
    except StoreError:
        for plan in of.plans:
            lives.end(plan.run)
        raise
    return [plan.run for plan in of.plans]


def _sorted(
    lab: Lab, principal: Principal, run: Mapping[str, Any], dataset: Dataset
) -> tuple[Dataset, list[str]]:
    """The dataset with the cases that the run answers as they stand now, and a sentence on the others."""
    settings, now = run["settings"], {case.id: case for case in dataset.cases}
    came = Counter(each["case_id"] for each in run["results"])
    asked = store.case_texts(lab.store.read, principal, run["id"], [*{**now, **came}])
    if came and not any("asked" in each for each in asked.values()):
        raise BadInput(
            f"Run {run['id']} is of an older lab, which kept too little of its cases. Check again."
        )
    whole = len(settings["variants"]) * settings["repeats"]
    why: dict[str, list[str]] = {}
    for id in {**now, **came}:
        if id not in now:
            why.setdefault("no longer in the dataset", []).append(id)
        elif id not in asked:
            why.setdefault("not asked in that run", []).append(id)
        elif asked[id].get("asked") != question(now[id]):
            why.setdefault("asked something else now", []).append(id)
        elif came[id] < whole:
            why.setdefault("without all of their answers", []).append(id)
    out = {id for ids in why.values() for id in ids}
    cases = tuple(case for case in dataset.cases if case.id not in out)
    said = "; ".join(f"{len(ids):,} {reason} ({_named(ids)})" for reason, ids in why.items())
    if not cases:
        raise BadInput(f"Run {run['id']} answers no case of {dataset.file} as it stands now: {said}.")
    needs = dataset.needs if dataset.repeats == settings["repeats"] else settings["needs"]
    kept = replace(dataset, cases=cases, repeats=settings["repeats"], needs=needs)
    if not said:
        return kept, []
    words = f"{len(cases):,} of {len(dataset.cases):,} cases, which that run answers as they are now"
    selection = {"words": words, "of": len(dataset.cases), "cases": [case.id for case in cases]}
    return replace(kept, selection=selection), [f"Left out are {said}."]


def _narrowed(kept: Dataset, only: Collection[str]) -> Dataset:
    """Those cases alone. Raises BadInput where none of them is left."""
    cases = tuple(case for case in kept.cases if case.id in only)
    if not cases:
        raise BadInput(f"None of these cases of {kept.file} is as it was asked: {_named(sorted(only))}.")
    whole = kept.selection["of"] if kept.selection else len(kept.cases)
    words = f"{len(cases):,} of {whole:,} cases"
    selection = {"words": words, "of": whole, "cases": [case.id for case in cases]}
    return replace(kept, cases=cases, selection=selection)


def _variants(lab: Lab, run: Mapping[str, Any]) -> tuple[Variant, ...]:
    """Those of the run. Raises BadInput where one of them is no longer what it was."""
    found: list[Variant] = []
    for name, hashes in run["settings"]["prompts"].items():
        variant = named(lab, lab.folder / "prompts", name)
        if hashes != [variant.prompt.hash, variant.fewshot and variant.fewshot.hash]:
            raise BadInput(
                f"{parts(name).prompt} has changed since run {run['id']}, whose answers are those of another "
                "prompt. Check it again."
            )
        found.append(variant)
    return tuple(found)


def _check_judges(lab: Lab, plan: Plan, order: Order) -> None:
    """Raises LabError where they cannot be asked; puts their recordings into `lab.tapes`."""
    used = {lab.endpoint(model).source for model in plan.models(lab)}
    if "simulated" in used and not order.simulated:
        raise LabError(f"{recordings.NO_KEY} {HOW_TO_SET_A_KEY} Or leave judges out: --no-judges.")
    if "replay" in used and (tape := recordings.tape(plan.dataset, order, lab.folder, True)):
        lab.tapes[plan.run] = tape


def _check_anew(lab: Lab, plan: Plan) -> None:
    """Raises BadInput where asking several times brings nothing new."""
    if not plan.judged(lab):
        raise BadInput(f"No judge graded run {plan.saved.run}: other graders say the same every time.")
    if any(lab.endpoint(load.model).source == "replay" for load in plan.loads(lab) if load.judge):
        raise BadInput("Judges would be replayed from recordings, and say the same every time. Set a key.")


def _said(lab: Lab, plan: Plan, times: int) -> list[str]:
    many = "1 saved answer" if len(plan) == 1 else f"{len(plan):,} saved answers"
    answers = f"{many} of run {plan.saved.run} {'is' if len(plan) == 1 else 'are'} graded again"
    answers += f", {times} times" if times > 1 else ""
    if not (calls := plan.judged(lab) * times):
        return [f"{answers}, without a new call."]
    most = plan.most(lab)
    most = None if most is None else most * times
    price = "at a price that is not known" if most is None else f"for at most {cost.dollars(most)} (estimate)"
    return [f"{answers}. Judges are asked up to {calls:,} times, {price}."]


def _named(ids: Sequence[str]) -> str:
    return ", ".join(ids[:NAMED]) + (", …" if len(ids) > NAMED else "")
