"""A run through batches, round after round: what can be asked now goes out together, and when that has come
back what follows from it does: further turns, judges. All that a round knows stands in the database, so that
going on in another process is no more than the next round.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from lab import figures, store
from lab.engine import Lab, batching, encloser
from lab.errors import BudgetSpent, Enclosed, LabError
from lab.evals.batch.parcels import parcels
from lab.evals.plan import Earlier, Plan
from lab.evals.pressure import Pressure
from lab.evals.progress import standing
from lab.evals.remembered import Memory
from lab.evals.rest import rest_of
from lab.evals.runner import Result, run
from lab.providers import Providers
from lab.types import Event, Request

AT_ONCE = 50
"""Requests that are written down at once."""
TRIES = 3
"""So often a request is put into a batch where the API failed; then that is its outcome."""


class Left(LabError):
    """The run's batches are out, and somebody collects them later."""

    exit_code = 0


@dataclass(frozen=True)
class Way:
    """How a run goes through batches. `waits`: until they have come back, else it raises Left; `tell` is told
    what a person should know, `look` that time has gone by."""

    providers: Providers
    waits: bool = True
    tell: Callable[[str], None] = lambda words: None
    look: Callable[[], None] = lambda: None


async def rounds(lab: Lab, way: Way, plan: Plan, memory: Memory, took: Callable[[Result], None]) -> None:
    """Make every call of the plan; `took` is told each result.

    Raises as `run` does; Left; and LabError where a batch was cancelled, expired, or not taken by the API.
    What was out before is collected first, and nothing goes out again whose submission may have arrived.
    """
    back = _Back(dropped=_unsaved(lab, plan) - _ids(plan.earlier) if plan.earlier else set())
    await _collected(lab, way, plan, back)
    while True:
        if plan.earlier or back.came:
            plan = _learnt(lab, plan, back)
        memory.learn(plan)
        box: list[Request] = []
        call = _closed if back.cut else encloser(lab, way.providers, box)
        pressure = Pressure()
        pressure.begin(AT_ONCE)
        try:
            await run(lab, memory.before(call), plan, pressure, took)
        except BudgetSpent:
            if not box:
                raise
        except BaseException:
            _withdrawn(lab, box)
            raise
        if back.cut:
            raise LabError(back.words)
        if not box:
            return
        await _submitted(lab, way, plan, box)
        if not way.waits:
            raise Left(_out(lab, plan))
        await _collected(lab, way, plan, back)


@dataclass
class _Back:
    """What came back in this process: calls whose failure is their outcome, and how many were cut. `dropped`:
    calls that are made once more, as somebody wants it."""

    dropped: set[str]
    came: bool = False
    final: set[str] = field(default_factory=set)
    cut: Counter[str] = field(default_factory=Counter)
    tries: Counter[tuple[Any, ...]] = field(default_factory=Counter)

    def take(self, failure: batching.Failure) -> None:
        about = failure.about
        trial = (about["case_id"], about["variant"], about["key"])
        if failure.cut:
            self.cut["cut"] += 1
            return
        self.tries[trial] += 1
        if not failure.again or self.tries[trial] >= TRIES:
            self.final.add(about["id"])

    @property
    def words(self) -> str:
        many = self.cut["cut"]
        are = "1 request was" if many == 1 else f"{many:,} requests were"
        return f"{are} not answered before the batch expired or was cancelled, and not billed."


def _learnt(lab: Lab, plan: Plan, back: _Back) -> Plan:
    """The plan, with what the log has of it by now."""
    head = store.run_head(lab.store.read, plan.principal, plan.run)
    earlier = rest_of(lab, plan.principal, head, back.final).earlier
    left = {key: [id for id in ids if id not in back.dropped] for key, ids in earlier.unsaved.items()}
    return replace(plan, earlier=replace(earlier, unsaved=left))


def _unsaved(lab: Lab, plan: Plan) -> set[str]:
    return _ids(_learnt(lab, plan, _Back(set())).earlier)


def _ids(earlier: Earlier) -> set[str]:
    return {id for ids in earlier.unsaved.values() for id in ids}


async def _submitted(lab: Lab, way: Way, plan: Plan, box: list[Request]) -> None:
    """Send all of the box; what comes after a batch that is not taken stays at home."""
    waiting = {each.id for each in box}
    try:
        for parcel in parcels(lab, box):
            name = lab.endpoint(parcel[0].model).name
            there = await batching.door(lab, way.providers, name)
            waiting.difference_update(each.id for each in parcel)
            await batching.submit(lab, there, plan.run, plan.principal, parcel, way.tell)
    finally:
        _withdrawn(lab, [each for each in box if each.id in waiting])


async def _collected(lab: Lab, way: Way, plan: Plan, back: _Back) -> None:
    """Wait for all that the run has out, and put it into the log."""
    out = partial(store.batches, lab.store.read, plan.principal, run=plan.run, out=True)
    for row in reversed(out()):
        there = await batching.door(lab, way.providers, row["endpoint"])
        if row["api_id"] is None:
            found = await _looking(way, batching.sought(lab, there, row, way.tell))
            if found is None:
                continue
            await batching.noted(lab, row["id"], found)
            row = {**row, "api_id": found.id}
        if not way.waits and (await there.find(row["api_id"])).status != "ended":
            raise Left(_out(lab, plan))
        ended = await _looking(way, batching.ended(lab, there, row, way.tell))
        if ended is not None:
            for failure in await batching.collect(lab, there, row, ended):
                back.take(failure)
        back.came = True


async def _looking(way: Way, work: Any) -> Any:
    """What comes of the work; every second meanwhile `way` is told that time goes by."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait([task], timeout=1.0))[0]:
            way.look()
        return await task
    finally:
        task.cancel()


def _out(lab: Lab, plan: Plan) -> str:
    run = store.run_head(lab.store.read, plan.principal, plan.run)
    expires = figures.local_time(min(each["expires_at"] for each in run["batches"]))
    return f"{standing(run['batches'])}; expires {expires}. Collect it: lab check --resume {plan.run}"


def _withdrawn(lab: Lab, box: list[Request]) -> None:
    if box:
        calls = [each.id for each in box]
        lab.store.post(store.calls_unsent(calls, "The lab ended before this call was put into a batch."))


async def _closed(request: Request) -> AsyncGenerator[Event, None]:
    raise Enclosed("Nothing more goes out.")
    yield
