"""A check from the command line: progress and verdict to stderr, the table or JSON to stdout."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from lab import evals
from lab.cli._opened import principal, settings, store
from lab.cli._out import note
from lab.cli._outcome import tell
from lab.cli._price import Asking, agreed
from lab.cli._progress import Progress
from lab.cli._signals import run as run_until_signal
from lab.cli._signals import undisturbed
from lab.engine import Lab, opened, prepare
from lab.errors import BudgetSpent, Paused
from lab.evals import Order, Plan, Pressure, Verdict, reports
from lab.providers import Providers
from lab.store import runs as kept_runs
from lab.types import Caller, Principal


def run(
    order: Order,
    outputs: Sequence[Path],
    against: str,
    as_json: bool,
    asking: Asking,
    save_baseline: bool = False,
) -> int:
    """Check the datasets, one after the other, and keep them as baselines where that is asked for. Gives the
    worst of their exit codes. Raises LabError."""
    if save_baseline and order.baseline is None:
        order = replace(order, baseline=evals.gating.NONE)
    with laboratory() as (bare, who):
        lab = evals.equipped(bare, order)
        datasets, left_out = evals.chosen(lab, who, order)
        named = [dataset.name for dataset in datasets]
        files = reports.wanted(lab.store.read, who, named, outputs, against)
        for sentence in left_out:
            note(sentence)
        if not datasets:
            return 0
        plans = evals.plans(lab, who, datasets, order)
        for plan in plans if save_baseline else ():
            evals.fit_for_a_baseline(plan.dataset, [variant.name for variant in plan.variants])
        code = made(lab, who, plans, order, Wanted(files, against, as_json, asking))
        made_now = {each["id"] for each in kept_runs(lab.store.read, who, len(plans))}
        for plan in (plan for plan in plans if save_baseline and code != 130 and plan.run in made_now):
            note(f"Written: {evals.save_baseline(lab, who, plan.run, plan.dataset)}")
        return code


def resume(
    id: str,
    rerun_unknown: bool,
    order: Order,
    outputs: Sequence[Path],
    against: str,
    as_json: bool,
    asking: Asking,
) -> int:
    """Go on with an interrupted run; of the order only how many calls at once and the budget count. Gives its
    exit code. Raises LabError."""
    with laboratory() as (bare, who):
        kept = evals.interrupted(bare, who, id, rerun_unknown)
        files = reports.wanted(bare.store.read, who, [kept["dataset"]], outputs, against)
        order = evals.asked_again(kept, order)
        lab = evals.equipped(bare, order)
        plan, words = evals.resumed(lab, who, kept, order, rerun_unknown)
        note(words)
        return made(lab, who, [plan], order, Wanted(files, against, as_json, asking))


def regrade(
    id: str,
    file: Path | None,
    judges: bool,
    outputs: Sequence[Path],
    against: str,
    as_json: bool,
    asking: Asking,
) -> int:
    """Grade the saved answers of a run again. Gives the exit code of the new verdict. Raises LabError."""
    with laboratory() as (bare, who):
        of = evals.regraded(bare, who, id, file, judges)
        files = reports.wanted(bare.store.read, who, [of.plan.dataset.name], outputs, against)
        note(of.words)
        return made(of.lab, who, [of.plan], of.order, Wanted(files, against, as_json, asking))


@contextmanager
def laboratory() -> Iterator[tuple[Lab, Principal]]:
    """The lab of the working folder, and who asks. Raises LabError."""
    chosen = settings()
    prepared = prepare(chosen)
    with store(chosen) as database:
        yield Lab(chosen, database, *prepared), principal(chosen)


class Wanted(NamedTuple):
    """Whether to ask first, and what is to be said of the runs: reports, of each plan so many, what they are
    held against, JSON, and by what, if not by `tell`."""

    files: Sequence[Sequence[Path]]
    against: str
    as_json: bool
    asking: Asking
    told: Callable[..., None] | None = None


def made(lab: Lab, who: Principal, plans: Sequence[Plan], order: Order, wanted: Wanted) -> int:
    """Make the runs and say how they ended. Gives the worst of their exit codes."""
    if not agreed(lab, plans, wanted.asking):
        return 0
    providers = Providers(lab.settings)
    providers.warm(lab.home)
    work = Work(lab, plans, order)
    verdicts = run_until_signal(work.done(providers), work.ease)
    with undisturbed():
        lab.store.flush()
    if verdicts is None:
        newest = {each["id"] for each in kept_runs(lab.store.read, who, 1)}
        for plan in plans:
            if plan.run in newest or plan.earlier:
                note(f"Interrupted. What was answered is kept: lab runs show {plan.run}")
                anew = f"runs regrade {plan.saved.run}" if plan.saved else f"check --resume {plan.run}"
                note(f"Go on with it: lab {anew}")
        return 130
    kinds = [reports.subject if files or wanted.as_json else reports.brief for files in wanted.files]
    subjects = [
        kind(lab.store.read, who, plan.run, wanted.against) for kind, plan in zip(kinds, plans, strict=True)
    ]
    try:
        for subject, paths in zip(subjects, wanted.files, strict=True):
            reports.write(paths, subject)
    finally:
        (wanted.told or tell)(subjects, verdicts, order.simulated, wanted.as_json)
    return max(verdict.exit_code for verdict in verdicts)


class Work:
    """The plans of an order, made one after the other."""

    def __init__(self, lab: Lab, plans: Sequence[Plan], order: Order) -> None:
        self._lab, self._plans, self._order = lab, plans, order
        self._pressure, self._progress = Pressure(), None

    async def done(self, providers: Providers) -> list[Verdict] | None:
        """Their verdicts; None when a signal, or a reader who left, ended that."""
        try:
            async with opened(self._lab, providers) as call:
                return await self.made(call)
        except asyncio.CancelledError:
            return None

    async def made(self, call: Caller) -> list[Verdict] | None:
        """The same, by a caller that is there."""
        verdicts = []
        for plan in self._plans:
            if self.eased:
                return None
            verdicts.append(await self._one(call, plan))
        return verdicts

    @property
    def eased(self) -> bool:
        """Whether nothing new is to begin."""
        return self._pressure.eased

    async def _one(self, call: Caller, plan: Plan) -> Verdict:
        self._pressure = Pressure()
        with Progress(self._lab, plan, self._pressure) as self._progress:
            took = self._progress.take
            try:
                return await evals.fulfil(self._lab, call, plan, self._order, took, pressure=self._pressure)
            except (BudgetSpent, Paused) as error:
                more = " --max-cost DOLLARS, of all of it" * isinstance(error, BudgetSpent)
                error.add_note(
                    f"What was answered is kept: lab runs show {plan.run}. To go on: lab check --resume "
                    f"{plan.run}{more}."
                )
                raise
            finally:
                _recorded(self._lab, plan)

    def ease(self) -> bool:
        """The first Ctrl-C: nothing new, but what was sent comes to its end. Whether there is anything."""
        going = self._pressure.ease()
        if going and self._progress:
            calls, them = ("1 call", "it") if going == 1 else (f"{going} calls", "them")
            self._progress.tell(f"Finishing {calls} under way; Ctrl-C again stops {them} too.")
        return going > 0


def _recorded(lab: Lab, plan: Plan) -> None:
    tape = lab.tapes.get(plan.run)
    if tape and tape.saved:
        note(tape.saved)
