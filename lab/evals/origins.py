"""Which calls of the log became cases of the team's datasets."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from lab import documents
from lab.errors import BadInput
from lab.evals.adding import FROM
from lab.evals.dataset import dataset_names
from lab.evals.editing import grid


class Origins(NamedTuple):
    """`cases`: by call, where its cases are; `unread`: a sentence for each dataset that cannot be read, but
    for those whose cases lie in a shared folder that is not on this machine."""

    cases: dict[str, list[str]]
    unread: list[str]


def made_of(folder: Path) -> Origins:
    """Of all datasets in the team's folder."""
    found, unread = defaultdict(list), []
    shelf = folder / "datasets"
    for name in dataset_names(shelf) if shelf.is_dir() else ():
        try:
            of = grid(shelf / f"{name}.yaml")
        except BadInput as error:
            if not _elsewhere(shelf / f"{name}.yaml"):
                unread.append(str(error))
            continue
        for number, row in enumerate(of.rows, 1):
            if call := row.get(FROM):
                found[str(call)].append(f"case {number} of {name} ({of.file})")
    return Origins(dict(found), unread)


def _elsewhere(path: Path) -> bool:
    """Whether a dataset's cases are in a folder that a variable names."""
    try:
        return str(documents.read(path).value.get("cases", "")).startswith("$")
    except (BadInput, AttributeError):
        return False
