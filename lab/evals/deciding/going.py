"""The trials of a check that goes on until it is decided: which comes next, and when none does."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from lab.engine import Lab
from lab.evals import gating
from lab.evals.deciding.fit import sides
from lab.evals.deciding.setup import families, kept, marks, units
from lab.evals.gate import Arm, Course
from lab.evals.plan import Plan, Trial
from lab.evals.runner import Result
from lab.evals.sides import breaks
from lab.evals.tags import MUST_PASS
from lab.store import TrialKey

MOST_REPEATS = 20
"""Answers that are added to those of each case, at most."""


def begun(lab: Lab, plan: Plan, concurrency: int, had: Sequence[Result]) -> Going | None:
    """Of a plan that goes on until it is decided, so many calls at once; None for any other."""
    if plan.until is None:
        return None
    [new], _ = sides([each.name for each in plan.variants], plan.against)
    old = gating.kept(lab.store.read, plan.principal, plan.dataset.gate, plan.against, [new]).get(new)
    calls = len(plan.variants) * plan.dataset.repeats
    return Going(plan, old, max(2 * concurrency // calls, 1), had)


class Going:
    """Cases come in the order that the plan's seed draws, those that must pass before all others; then
    repeats of all, as long as these may help. It is `over` once it is decided, a hard rule is `broken`, or
    nothing is left that could decide; `capped` once its cost is spent.

    At most `ahead` cases are under way beyond the first whose answers are not all there: so many may turn out
    not to have been needed. `old` is the side that was kept, None where it is asked along; `had`
    are the results of an interrupted run.
    """

    def __init__(self, plan: Plan, old: Arm | None, ahead: int, had: Sequence[Result]) -> None:
        dataset = plan.dataset
        self._plan, self._ahead, self._rule = plan, ahead, dataset.gate
        self._cases = {case.id: case for case in dataset.cases}
        [self.new], beside = sides([each.name for each in plan.variants], plan.against)
        self.old, self.old_name = old, old.name if old else beside[0]
        order = units(self._cases, families(dataset), plan.until)
        self.course = Course(self._rule, order, dataset.repeats, kept(old, self._rule) if old else None)
        self.over, self.capped = False, False
        self.broken: tuple[str, ...] = ()
        self._round, self._under_way = 0, 0
        self._had: set[TrialKey] = set()
        self._rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self._queue: deque[tuple[int, Trial]] = deque()
        self._moved = asyncio.Event()
        for result in had:
            self._count(result)
        self._line_up(range(1, dataset.repeats + 1))

    async def next(self) -> Trial | None:
        """The next trial, as soon as one is due; None: there is none any more."""
        while not self.over:
            if trial := self._due():
                self._under_way += 1
                return trial
            if not self.over:
                self._moved.clear()
                await self._moved.wait()
        return None

    def left(self) -> bool:
        """Whether it was cut before it was over."""
        return not self.over

    def take(self, result: Result) -> None:
        """What came of a trial."""
        self._under_way -= 1
        self._count(result)
        self._moved.set()

    def _due(self) -> Trial | None:
        while not self._queue and not self._under_way and not self.over:
            self._round += 1
            if self._round > MOST_REPEATS:
                self._end()
            else:
                repeat = self._plan.dataset.repeats + self._round
                self._line_up(range(repeat, repeat + 1))
        if self.over or not self._queue or self._queue[0][0] > self.course.steps + self._ahead:
            return None
        return self._queue.popleft()[1]

    def _line_up(self, repeats: range) -> None:
        """Put the trials of a round that there is no result of into the queue, each with its step's place."""
        first = self._round * len(self.course.units)
        found = []
        for place, unit in enumerate(self.course.units, first):
            for case in map(self._cases.__getitem__, unit):
                due = -1 if MUST_PASS in case.tags and not first else place
                each = (Trial(case, variant, repeat) for repeat in repeats for variant in self._plan.variants)
                found += [(due, trial) for trial in each if _key(trial) not in self._had]
        self._queue.extend(sorted(found, key=lambda each: each[0]))

    def _count(self, result: Result) -> None:
        self._had.add((result.case, result.variant, result.repeat))
        row = {"repeat": result.repeat, "passed": result.passed, "grades": [asdict(g) for g in result.grades]}
        self.course.take(result.case, result.repeat, marks(row, self._rule), result.variant == self.new)
        if result.variant == self.new:
            rows = self._rows[result.case]
            rows.append(row)
            about = (self._plan.dataset.needs, self._plan.dataset.repeats)
            found = breaks(rows, *about, self._cases[result.case].tags, self._rule)
            self.broken += tuple(f"{result.case}: {name}" for name in found)
        if self.broken or self.course.over:
            self._end()

    def _end(self) -> None:
        self.over = True
        self._moved.set()


def _key(trial: Trial) -> TrialKey:
    return trial.case.id, trial.variant.name, trial.repeat
