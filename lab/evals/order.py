"""A check as it is asked for, on a command line or a page, and what it becomes: plans, and their runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from lab.engine import MADE_UP, RECORDINGS, Lab, Lives
from lab.errors import BadInput, LabError, StoreError
from lab.evals import deciding, recordings, sight
from lab.evals.against import against, same_source
from lab.evals.batch import Way, fit
from lab.evals.budget import budgeted
from lab.evals.check import AT_ONCE, check
from lab.evals.choosing import some
from lab.evals.dataset import Dataset
from lab.evals.gates import Verdict
from lab.evals.logged import telling
from lab.evals.plan import Plan, variants
from lab.evals.pressure import Pressure
from lab.evals.price import Price, altogether, prices
from lab.evals.runner import Result
from lab.evals.selection import Selection
from lab.evals.variant import named
from lab.models import Endpoint
from lab.providers import HOW_TO_SET_A_KEY
from lab.types import Caller, Picodollars, Principal, new_id

MOST_AT_ONCE = 500
SIMULATED = Endpoint("simulated", source="simulated")


@dataclass(frozen=True)
class Order:
    """What a check is asked for; empty: as the datasets say. `max_cost`: in dollars, of all of it.

    `datasets` are names in the team's folder or paths, none: all of that folder. `selection`: which of their
    cases; `changed`: only datasets that differ from this commit. `simulated`: no model is asked but the
    simulated Claude. `reuse`: answers that the log has to the same requests are taken from there. `record`:
    every answer is put into the dataset's recordings; `replay`: all are taken from these. `variants`: by
    their names, in the place of every prompt on every model; nothing of them is replayed unasked. `baseline`:
    what the gate holds it against, as `gating.against` reads it. `batch`: all calls go through Message
    Batches. `until_decided`: it stops once that is decided, and repeats cases where that may decide.
    """

    datasets: Sequence[str] = ()
    prompts: Sequence[str] = ()
    models: Sequence[str] = ()
    concurrency: int | None = None
    simulated: bool = False
    selection: Selection = Selection()
    changed: str | None = None
    reuse: bool = False
    max_cost: float | None = None
    record: bool = False
    replay: bool = False
    variants: Sequence[str] = ()
    baseline: str | None = None
    batch: bool = False
    until_decided: bool = False

    def elsewise(self) -> bool:
        """Whether it asks for anything but a number of calls at once and a budget."""
        return (
            bool(self.selection)
            or replace(self, concurrency=None, max_cost=None, selection=Selection()) != Order()
        )


@dataclass(frozen=True)
class Preview:
    """What one dataset of an order will ask. `calls`: those of judges too, at most; `most`: the most they can
    cost; None where a price is unknown. `replayed`: the answers come from recordings."""

    dataset: str
    variants: tuple[str, ...]
    cases: int
    repeats: int
    at_once: int
    calls: int
    most: Picodollars | None
    replayed: bool


def preview(lab: Lab, principal: Principal, order: Order) -> tuple[Preview, ...]:
    """What an order will ask, before it is started. Raises BadInput and LabError as `plans` does, and where
    nothing is left to be asked."""
    lab = equipped(lab, order)
    made = plans(lab, principal, some(lab, principal, order), order)
    return tuple(_preview(lab, plan, order) for plan in made)


class Offer(NamedTuple):
    """What an order will ask, what that will probably cost, and what its datasets can see, in sentences."""

    previews: tuple[Preview, ...]
    price: Price
    sights: tuple[str, ...]


def offer(lives: Lives, principal: Principal, order: Order) -> Offer:
    """What somebody is told before an order is started. Raises BadInput and LabError as `plans` does."""
    lab = equipped(lives.lab, order)
    made = plans(lab, principal, some(lab, principal, order), order)
    counts = not (order.simulated or order.replay)
    each = lives.counted(lambda count: prices(lab, principal, made, count if counts else None))
    previews = tuple(_preview(lab, plan, order) for plan in made)
    return Offer(previews, altogether(each), sight.told(lab, principal, made, each))


def _preview(lab: Lab, plan: Plan, order: Order) -> Preview:
    return Preview(
        dataset=plan.dataset.name,
        variants=tuple(variant.name for variant in plan.variants),
        cases=len(plan.dataset.cases),
        repeats=plan.dataset.repeats,
        at_once=len(plan) if order.batch else _at_once(plan, order),
        calls=len(plan) + plan.judged(lab),
        most=plan.most(lab),
        replayed=any(lab.endpoint(each.model).source == "replay" for each in plan.variants),
    )


def total(previews: Sequence[Preview]) -> tuple[int, Picodollars | None]:
    """How many calls they make, and the most these can cost together."""
    most = [each.most for each in previews]
    return sum(each.calls for each in previews), None if None in most else sum(most)


def equipped(lab: Lab, order: Order) -> Lab:
    """The lab as checks use it: more patient, and with no endpoint but the simulated one or recordings if so
    ordered. Without a key there are recordings at home."""
    patient = replace(lab.settings, longest_wait=lab.settings.longest_wait_in_checks)
    lab = replace(lab, settings=patient, tapes={}, batched=order.batch)
    if order.replay or order.simulated:
        only = (MADE_UP if order.simulated else RECORDINGS) if order.replay else SIMULATED
        return replace(lab, home=only, endpoints=dict.fromkeys(lab.endpoints, only))
    if lab.home.source == "simulated" and not (order.record or order.variants or order.batch):
        return replace(lab, home=RECORDINGS)
    return lab


def plans(lab: Lab, principal: Principal, found: Sequence[Dataset], order: Order) -> list[Plan]:
    """What will be asked, every request of it built once; puts their recordings into `lab.tapes`. Raises
    BadInput.

    Also raises LabError where made-up answers would be judged though nobody asked for that, and where there
    are no recordings to replay.
    """
    if order.record and order.replay:
        raise BadInput("An answer is either recorded or replayed: leave --record or --replay out.")
    if order.record and order.reuse:
        raise BadInput("What is recorded is asked anew: leave --record out, or --reuse and --watch.")
    if order.batch and (order.record or order.replay):
        raise BadInput(
            "Recordings are made and replayed one call after the other: make them without a batch."
        )
    if order.batch and order.until_decided:
        raise BadInput("A batch is answered all at once: leave --batch or --until-decided out.")
    if order.concurrency is not None and not 1 <= order.concurrency <= MOST_AT_ONCE:
        raise BadInput(f"From 1 to {MOST_AT_ONCE} calls can be made at once, not {order.concurrency}.")
    ids = sorted(new_id() for _ in found)  # the last one started is the newest
    made = [_plan(lab, principal, id, dataset, order) for id, dataset in zip(ids, found, strict=True)]
    for plan in made:
        taped(lab, plan, order)
        if order.batch:
            fit(lab, plan)
    made = budgeted(lab, made, order.max_cost)
    if order.until_decided:
        deciding.fit(lab, made, order.max_cost)
    return made


def taped(lab: Lab, plan: Plan, order: Order) -> None:
    """Put a plan's recordings into `lab.tapes`, where it has any. Raises BadInput and LabError as `plans`
    does."""
    used = {lab.endpoint(model).source for model in plan.models(lab)}
    if "simulated" in used and not order.simulated:
        raise LabError(f"{recordings.NO_KEY} {HOW_TO_SET_A_KEY} {recordings.OR_SIM}")
    if order.record or lab.home.source == "replay":
        tape = recordings.tape(plan.dataset, order, lab.folder, "replay" in used)
        lab.tapes.update({plan.run: tape} if tape else {})


async def fulfil(
    lab: Lab,
    call: Caller,
    plan: Plan,
    order: Order,
    took: Callable[[Result], None],
    turn: AbstractAsyncContextManager[Any] = AT_ONCE,
    pressure: Pressure | None = None,
    way: Way | None = None,
) -> Verdict:
    """Run one of an order's plans and judge it; what was recorded is kept, however it ends. `way`: through
    which batches, where the order has it so. Raises as `check` does."""
    call = telling(lab, plan, call) if plan.saved else call
    at_once = _at_once(plan, order)
    try:
        return await check(lab, call, plan, at_once, order.simulated, took, turn, pressure, way)
    finally:
        recordings.kept(plan.dataset, lab.tapes.get(plan.run))


def start(lives: Lives, principal: Principal, order: Order) -> list[str]:
    """Begin the order's checks on the engine's own thread, one after the other, each as a piece of work that
    has its run's name. Gives these, the first first, once their rows are there. Raises BadInput and LabError
    as `plans` does, and StoreError where nothing can be written; then nothing was started."""
    lab = equipped(lives.lab, order)
    made = plans(lab, principal, some(lab, principal, order), order)
    # one after the other; but batches all at once
    how = {"way": Way(lives.providers)} if order.batch else {"turn": asyncio.Lock()}
    work = partial(fulfil, lab, lives.caller(lab), order=order, took=lambda result: None, **how)
    for plan in made:
        lives.work(plan.run, partial(work, plan))
    try:
        lives.work(new_id(), partial(lab.store.commit, lambda connection: None)).result()  # after their rows
    except StoreError:
        for plan in made:
            lives.end(plan.run)
        raise
    return [plan.run for plan in made]


def _at_once(plan: Plan, order: Order) -> int:
    at_once = order.concurrency or plan.dataset.concurrency
    return at_once if plan.until is not None else min(at_once, len(plan))


def _plan(lab: Lab, principal: Principal, id: str, dataset: Dataset, order: Order) -> Plan:
    folder = lab.folder / "prompts"
    held = against(lab, principal, dataset, order.baseline)
    found = tuple(named(lab, folder, name) for name in order.variants)
    beside = (held.prompt,) if held and held.prompt else ()
    refs = (*dict.fromkeys((*(order.prompts or dataset.prompts), *beside)),)
    found = found or variants(lab, folder, dataset, refs, order.models)
    if held:
        same_source(lab, held, [each.model for each in found])
    seed = order.selection.seed if order.until_decided else None
    plan = Plan(id, dataset, found, principal, reuse=order.reuse, against=held, until=seed)
    return replace(plan, weighed=plan.loads(lab))
