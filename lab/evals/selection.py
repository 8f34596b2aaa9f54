"""Which cases of a dataset are asked, where it is not all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from lab import store
from lab.errors import BadInput
from lab.evals.cases import Case
from lab.evals.dataset import Dataset
from lab.evals.outcomes import cells
from lab.graders import nearest
from lab.store import Connection
from lab.types import Principal, digest

SEED = 1
LAST = "last"
"""Instead of a run's id: the newest."""
GOOD = ("passed", "answered")


@dataclass(frozen=True)
class Selection:
    """What a case must be to be asked; empty: anything.

    It is in one of the `splits` and has one of the `tags`, and did not pass in the run `only_failed`. Of
    those that remain it is one of the `first`, and of these one of a `sample` of so many.
    """

    first: int | None = None
    sample: int | None = None
    seed: int = SEED
    tags: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    only_failed: str | None = None

    def __bool__(self) -> bool:
        return self != Selection(seed=self.seed)


class NoSuchCases(BadInput):
    """No case of a dataset is in the splits, or has the tags, that were asked for."""


def narrowed(connection: Connection, principal: Principal, dataset: Dataset, wanted: Selection) -> Dataset:
    """The dataset with the wanted cases alone, and with what the run's settings say of them; without any
    where all passed that were to be asked again.

    Raises NoSuchCases, and BadInput for a run that is none of this dataset's.
    """
    if not wanted:
        return dataset
    kept = _among(dataset, "in the split", wanted.splits, _splits)
    kept = _among(replace(dataset, cases=kept), "tagged", wanted.tags, lambda case: case.tags)
    if wanted.only_failed:
        run = _run(connection, principal, dataset, wanted.only_failed)
        wanted = replace(wanted, only_failed=run["id"])
        failed = unpassed_cases(connection, principal, run)
        kept = tuple(case for case in kept if case.id in failed)
    kept = sampled(kept[: wanted.first], wanted)
    said = {"words": words(wanted, len(kept), len(dataset.cases)), "of": len(dataset.cases)}
    said |= {"cases": [case.id for case in kept], **asdict(wanted)}
    return replace(dataset, cases=kept, selection=said)


def renewed(dataset: Dataset, selection: Mapping[str, Any] | None) -> Dataset:
    """The dataset with the cases that a run's settings name."""
    if not selection:
        return dataset
    ids = set(selection["cases"])
    return replace(
        dataset, cases=tuple(case for case in dataset.cases if case.id in ids), selection=selection
    )


def sampled(cases: tuple[Case, ...], wanted: Selection) -> tuple[Case, ...]:
    """So many of the cases, in their order. Who is drawn depends on seed and id alone: a case that is added
    changes the sample by one at most, and a larger sample holds the smaller one."""
    if wanted.sample is None or wanted.sample >= len(cases):
        return cases
    lots = sorted(cases, key=lambda case: digest(f"{wanted.seed}\n{case.id}"))
    drawn = {case.id for case in lots[: wanted.sample]}
    return tuple(case for case in cases if case.id in drawn)


def words(wanted: Selection, kept: int, of: int) -> str:
    """`20 of 74 cases, sampled with seed 7`."""
    said = [f"{kept:,} of {of:,} cases"]
    said += [f"in the split {' or '.join(wanted.splits)}"] if wanted.splits else []
    said += [f"tagged {' or '.join(wanted.tags)}"] if wanted.tags else []
    said += [f"not passed in run {wanted.only_failed}"] if wanted.only_failed else []
    said += [f"the first {wanted.first:,}"] if wanted.first is not None else []
    said += [f"sampled with seed {wanted.seed}"] if wanted.sample is not None else []
    return ", ".join(said)


def unpassed_cases(connection: Connection, principal: Principal, run: Mapping[str, Any]) -> set[str]:
    """The cases of a run that failed or have no verdict, with any of its variants; of those that it was to
    ask and never did, all."""
    variants = run["settings"]["variants"]
    came = cells(run, store.results(connection, principal, run["id"]))
    good = {
        case
        for case, row in came.items()
        if all(variant in row and row[variant].outcome in GOOD for variant in variants)
    }
    asked = set(store.cases_of(connection, principal, run["id"])) or set(came)
    return asked - good


def _run(connection: Connection, principal: Principal, dataset: Dataset, named: str) -> Mapping[str, Any]:
    id = store.last_run(connection, principal, dataset.name) if named == LAST else named
    if id is None:
        raise BadInput(f"There is no run of {dataset.name} yet, so none of its cases has failed.")
    run = store.run_head(connection, principal, id)
    if run["dataset"] != dataset.name:
        raise BadInput(f"Run {id} is one of {run['dataset']}, not of {dataset.name}.")
    return run


def _among(dataset: Dataset, word: str, wanted: Collection[str], of: Any) -> tuple[Case, ...]:
    """The cases that have one of the names. Raises NoSuchCases, also where one of several is nowhere."""
    if not wanted:
        return dataset.cases
    there = {name for case in dataset.cases for name in of(case)}
    for name in wanted:
        if name not in there:
            advice = nearest(name, sorted(there)) if there else "None says anything of the kind."
            raise NoSuchCases(f"{dataset.file}: no case is {word} '{name}'. {advice}")
    return tuple(case for case in dataset.cases if not set(wanted).isdisjoint(of(case)))


def _splits(case: Case) -> Iterable[str]:
    return (case.split,) if case.split else ()
