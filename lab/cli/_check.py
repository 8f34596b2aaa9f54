"""A check from the command line: progress and verdict to stderr, the table or JSON to stdout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from lab import evals
from lab.cli._opened import principal, settings, store
from lab.cli._out import note, say_json
from lab.cli._outcome import tell
from lab.cli._price import Asking, agreed
from lab.cli._signals import run as run_until_signal
from lab.cli._signals import undisturbed
from lab.cli._work import Work
from lab.engine import Lab, prepare
from lab.evals import Order, Plan, Verdict, reports
from lab.providers import Providers
from lab.store import run_head
from lab.store import runs as kept_runs
from lab.types import Principal


def run(
    order: Order,
    outputs: Sequence[Path],
    against: str,
    as_json: bool,
    asking: Asking,
    save_baseline: bool = False,
    waits: bool = True,
) -> int:
    """Check the datasets, one after the other, and keep them as baselines where that is asked for. `waits`:
    for batches to come back. Gives the worst of their exit codes. Raises LabError."""
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
            names = [variant.name for variant in plan.variants]
            evals.fit_for_a_baseline(plan.dataset, names, plan.until is not None)
        code = made(lab, who, plans, order, Wanted(files, against, as_json, asking, waits=waits))
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
    waits: bool = True,
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
        return made(lab, who, [plan], order, Wanted(files, against, as_json, asking, waits=waits))


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
    held against, JSON, and by what, if not by `tell`; and whether batches are waited for."""

    files: Sequence[Sequence[Path]]
    against: str
    as_json: bool
    asking: Asking
    told: Callable[..., None] | None = None
    waits: bool = True


def made(lab: Lab, who: Principal, plans: Sequence[Plan], order: Order, wanted: Wanted) -> int:
    """Make the runs and say how they ended. Gives the worst of their exit codes."""
    if not agreed(lab, plans, wanted.asking):
        return 0
    providers = Providers(lab.settings)
    providers.warm(lab.home)
    work = Work(lab, plans, order, wanted.waits)
    verdicts = run_until_signal(work.done(providers), work.ease)
    with undisturbed():
        lab.store.flush()
    if verdicts is None:
        _interrupted(lab, who, plans)
        return 130
    left = [plan.run for plan, verdict in zip(plans, verdicts, strict=True) if verdict is None]
    if left and wanted.as_json:
        say_json([run_head(lab.store.read, who, id) for id in left])
    whole = [each for each in zip(plans, wanted.files, verdicts, strict=True) if each[2]]
    return _told(lab, who, whole, order, wanted) if whole else 0


def _told(
    lab: Lab,
    who: Principal,
    whole: Sequence[tuple[Plan, Sequence[Path], Verdict]],
    order: Order,
    wanted: Wanted,
) -> int:
    """Say how runs ended, each with the reports that are wanted of it. Gives the worst of their codes."""
    subjects = []
    for plan, files, _ in whole:
        kind = reports.subject if files or wanted.as_json else reports.brief
        subjects.append(kind(lab.store.read, who, plan.run, wanted.against))
    verdicts = [verdict for _, _, verdict in whole]
    try:
        for subject, (_, files, _) in zip(subjects, whole, strict=True):
            reports.write(files, subject)
    finally:
        (wanted.told or tell)(subjects, verdicts, order.simulated, wanted.as_json)
    return max(verdict.exit_code for verdict in verdicts)


def _interrupted(lab: Lab, who: Principal, plans: Sequence[Plan]) -> None:
    """Say how to go on with what was cut."""
    newest = kept_runs(lab.store.read, who, len(plans))
    cut = {each["id"]: each for each in newest if each["state"] == "interrupted"}
    for plan in plans:
        if plan.run in cut or plan.earlier:
            note(f"Interrupted. What was answered is kept: lab runs show {plan.run}")
            if out := evals.out_words(run_head(lab.store.read, who, plan.run)["batches"]):
                note(f"What is out stays out, and is billed once it is answered: {out}.")
            anew = f"runs regrade {plan.saved.run}" if plan.saved else f"check --resume {plan.run}"
            note(f"Go on with it: lab {anew}")
