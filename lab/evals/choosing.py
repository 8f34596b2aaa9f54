"""The datasets of an order, and which of their cases are asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lab.engine import Lab
from lab.errors import BadInput
from lab.evals import commit
from lab.evals.casefile import Elsewhere
from lab.evals.dataset import Dataset, dataset_names, load
from lab.evals.selection import NoSuchCases, narrowed
from lab.types import Principal

if TYPE_CHECKING:
    from lab.evals.order import Order


class Chosen(NamedTuple):
    """The datasets of an order, with the cases that are asked, and a sentence for each that is left out."""

    datasets: list[Dataset]
    left_out: list[str]


def chosen(lab: Lab, principal: Principal, order: Order) -> Chosen:
    """What an order comes to: its datasets, but for those of which nothing is to be asked.

    Raises BadInput, also where no dataset at all has the tags or splits that are asked for.
    """
    found, left_out = _here(lab.folder, order.datasets)
    if order.changed is not None:
        found, as_before = commit.changed(lab.folder, order.changed, found, order.prompts)
        left_out += as_before
    kept: list[Dataset] = []
    without: list[NoSuchCases] = []
    for dataset in found:
        try:
            one = narrowed(lab.store.read, principal, dataset, order.selection)
        except NoSuchCases as error:
            without.append(error)
            continue
        if one.cases:
            kept.append(one)
        else:
            left_out.append(f"{dataset.name}: {one.selection['words']}. Nothing is asked.")
    if without and len(without) == len(found):
        raise without[0]
    return Chosen(kept, [*left_out, *map(str, without)])


def some(lab: Lab, principal: Principal, order: Order) -> list[Dataset]:
    """The chosen datasets. Raises BadInput also where there are none."""
    found, left_out = chosen(lab, principal, order)
    if not found:
        raise BadInput(" ".join(left_out))
    return found


def _here(folder: Path, names: Sequence[str]) -> tuple[list[Dataset], list[str]]:
    """The datasets, and a sentence for each that nobody named and whose cases lie elsewhere."""
    found, left_out = [], []
    for path in files(folder, names):
        try:
            found.append(load(path))
        except Elsewhere as error:
            if names:
                raise
            left_out.append(f"{path.stem} is left out: {error}")
    return found, left_out


def datasets(folder: Path, names: Sequence[str]) -> list[Dataset]:
    """The datasets that are named, or all of the team's folder, read. Raises BadInput."""
    return [load(path) for path in files(folder, names)]


def files(folder: Path, names: Sequence[str]) -> list[Path]:
    """Where these datasets lie. Raises BadInput where there are none at all."""
    shelf = folder / "datasets"
    if not names:
        names = dataset_names(shelf) if shelf.is_dir() else []
        if not names:
            raise BadInput(f"There are no datasets in {shelf}. Name a file, or write datasets/<name>.yaml.")
    found = [Path(name) if name.endswith((".yaml", ".yml")) else shelf / f"{name}.yaml" for name in names]
    return [file if file.is_absolute() else folder / file for file in found]
