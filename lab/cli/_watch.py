"""`lab check --watch`: a check that is made again whenever a file that it depends on changes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lab import evals
from lab.cli._check import laboratory
from lab.cli._out import note, say, whole
from lab.cli._outcome import SHOWN, tell
from lab.cli._price import Asking, agreed
from lab.cli._signals import run as run_until_signal
from lab.cli._signals import undisturbed
from lab.cli._work import Work
from lab.engine import Lab, opened
from lab.errors import LabError
from lab.evals import Dataset, Order, reports
from lab.providers import Providers
from lab.types import Caller, Picodollars, Principal

NEWS = ("newly failing", "newly without a verdict", "newly passing")


def watch(order: Order, outputs: Sequence[Path], against: str, asking: Asking) -> int:
    """Check, and again after each change, with what the log has of the same requests. Gives the exit code of
    an interruption, which is how it ends. Raises LabError for what is wrong at first."""
    order = replace(order, reuse=True)
    with laboratory() as (bare, who):
        lab = evals.equipped(bare, order)
        plans = evals.plans(lab, who, evals.chosen(lab, who, order).datasets, order)
        if plans and not agreed(lab, plans, asking):
            return 0
        watching = _Watching(lab, who, order, outputs, against)
        run_until_signal(watching.on(), watching.ease)
        with undisturbed():
            bare.store.flush()
    return 130


class _Watching:
    """One check after the other, and what is said of each."""

    def __init__(self, lab: Lab, who: Principal, order: Order, outputs: Sequence[Path], against: str) -> None:
        self._lab, self._who, self._order = lab, who, order
        self._outputs, self._against = outputs, against
        self._work: Work | None = None
        self._budget: tuple[str, Picodollars | None] | None = None

    async def on(self) -> None:
        """Until a signal ends it."""
        watch, providers = evals.Watch(self._lab, self._who, self._order), Providers(self._lab.settings)
        providers.warm(self._lab.home)
        try:
            async with opened(self._lab, providers) as call:
                await self._round(call, watch)
                while not (self._work and self._work.eased):
                    note("Watching; Ctrl-C ends it.")
                    await watch.stirred()
                    try:
                        await self._round(call, watch)
                    except LabError as fault:
                        note(f"lab: {whole(fault)}")
        except asyncio.CancelledError:
            return

    async def _round(self, call: Caller, watch: evals.Watch) -> None:
        datasets, left_out = watch.due()
        for sentence in left_out:
            note(sentence)
        for dataset in datasets:
            await self._checked(call, dataset)

    async def _checked(self, call: Caller, dataset: Dataset) -> None:
        read, who = self._lab.store.read, self._who
        [files] = reports.wanted(read, who, [dataset.name], self._outputs, self._against)
        [plan] = evals.plans(self._lab, who, [dataset], self._order)
        self._budget = self._budget or plan.budget  # one for all that is made while watching
        plan = replace(plan, budget=self._budget)
        self._work = Work(self._lab, [plan], self._order)
        verdicts = await self._work.made(call)
        if verdicts is None:
            raise asyncio.CancelledError
        await self._lab.store.commit(lambda connection: None)
        subject = reports.subject(read, who, plan.run, self._against)
        reports.write(files, subject)
        tell([subject], verdicts, self._order.simulated, False)
        for pair in subject.comparison.picked(NEWS)[:SHOWN] if subject.comparison else ():
            say(f"{pair.change}: {pair.case} · {pair.variants[1]}")

    def ease(self) -> bool:
        """The first Ctrl-C ends a check gently; where none is made, the watching."""
        return bool(self._work and self._work.ease())
