"""All datasets of a folder at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import store
from lab.errors import BadInput
from lab.evals import proposals
from lab.evals.dataset import Dataset, dataset_names, load
from lab.store import Connection
from lab.types import Principal


@dataclass(frozen=True)
class Entry:
    """One dataset. `error`: why it is broken, in which case it has no cases; `proposals`: how many cases wait
    for a review; `run`: the newest of the person's runs (`id`, `state`, `started_at`), if there is one."""

    name: str
    description: str = ""
    cases: int = 0
    graders: tuple[str, ...] = ()
    tags: Mapping[str, int] = field(default_factory=dict)
    splits: Mapping[str, int] = field(default_factory=dict)
    proposals: int = 0
    run: Mapping[str, Any] | None = None
    error: str = ""


def entries(folder: Path, connection: Connection, principal: Principal) -> list[Entry]:
    """Every dataset in a folder, the broken ones too."""
    newest = store.newest_runs(connection, principal)
    names = dataset_names(folder) if folder.is_dir() else []
    return [_entry(folder / f"{name}.yaml", newest.get(name)) for name in names]


def counted(dataset: Dataset) -> tuple[dict[str, int], dict[str, int]]:
    """How many cases have each tag, and how many are in each split; the most common first."""
    tags = Counter(tag for case in dataset.cases for tag in case.tags)
    splits = Counter(case.split for case in dataset.cases if case.split)
    return dict(tags.most_common()), dict(splits.most_common())


def _entry(path: Path, run: Mapping[str, Any] | None) -> Entry:
    try:
        waiting = len(proposals.waiting(path))
    except BadInput:
        waiting = 0
    try:
        found = load(path)
    except BadInput as error:
        return Entry(path.stem, proposals=waiting, run=run, error=str(error))
    tags, splits = counted(found)
    own = {check.grader.name for case in found.cases for check in case.graders}
    names = dict.fromkeys([*(each.name for each in found.graders), *sorted(own)])
    return Entry(path.stem, found.description, len(found.cases), tuple(names), tags, splits, waiting, run, "")
