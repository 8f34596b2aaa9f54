"""A run as a table: a row a case, a column a variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import store
from lab.errors import BadInput
from lab.evals.answers import obstacles
from lab.evals.cases import Case
from lab.evals.dataset import Dataset, load
from lab.evals.outcomes import Cell, Outcome, cells, standings
from lab.evals.selection import renewed
from lab.store import Connection
from lab.types import Principal

SHOWN: Mapping[str, Outcome | None] = {"all": None, "failed": "failed", "errors": "missing"}
"""What may be picked of a sheet: all cases, or those with such an outcome in any of their cells."""

OBSTACLES = 3
"""Reasons for what has no verdict, as many as a sheet names."""


@dataclass(frozen=True)
class Sheet:
    """`inputs` are of all cases in their order: the dataset's, or the last message that was sent for each.
    `cells` are by case and variant, as far as there are answers; for `standings` and `obstacles` see the
    functions that give them."""

    variants: tuple[str, ...]
    inputs: Mapping[str, str]
    cells: Mapping[str, Mapping[str, Cell]]
    standings: Sequence[Mapping[str, Any]]
    obstacles: Sequence[tuple[str, int]]

    def short(self) -> tuple[str, ...]:
        """The variants by what tells them apart: their prompts where the model is the same, and the other
        way round."""
        both = [variant.partition(" · ")[::2] for variant in self.variants]
        for part in (0, 1):
            if len({each[1 - part] for each in both}) == 1:
                return tuple(each[part] for each in both)
        return self.variants

    def counts(self) -> dict[str, int]:
        """How many cases each of `SHOWN` picks."""
        return {only: len(self.picked(only)) for only in SHOWN}

    def picked(self, only: str, saying: set[str] | None = None) -> list[str]:
        """The cases that one of `SHOWN` picks, of those in `saying` where that is given."""
        wanted = SHOWN.get(only)
        return [
            case
            for case in self.inputs
            if (saying is None or case in saying)
            and (wanted is None or any(cell.outcome == wanted for cell in self.cells.get(case, {}).values()))
        ]


def dataset_of(folder: Path, run: Mapping[str, Any]) -> tuple[Dataset | None, str | None]:
    """The dataset of a run as it was then; or None, and why it cannot be had any more."""
    name, log = run["settings"].get("file") or f"datasets/{run['dataset']}.yaml", "What the log has is shown."
    if not (folder / name).is_file():
        return None, f"{name} is no longer there. {log}"
    try:
        found = load(folder / name)
    except BadInput as error:
        return None, f"The dataset cannot be read any more. {log} {error}"
    if found.hash != run["settings"]["dataset_hash"]:
        return None, f"{name} has changed since this run. {log}"
    return renewed(found, run["settings"].get("selection")), None


def sheet(
    connection: Connection, principal: Principal, run: Mapping[str, Any], cases: Mapping[str, Case] | None
) -> Sheet:
    """Of a run as `store.run_head` gives it; `cases` are its dataset's, by their ids."""
    results = store.results(connection, principal, run["id"])
    if cases is None:
        asked = store.cases_asked(connection, principal, run["id"])
        inputs = {case: store.plain_text(content or "") for case, content in asked.items()}
    else:
        inputs = {id: case.input for id, case in cases.items()}
    return Sheet(
        variants=tuple(run["settings"]["variants"]),
        inputs=inputs,
        cells=cells(run, results),
        standings=standings(run, results),
        obstacles=obstacles(results, OBSTACLES),
    )


def saying(connection: Connection, principal: Principal, run: str, of: Sheet, text: str) -> set[str] | None:
    """The cases of a run with a text in their id, input, answers or reasons, whatever its case; None for
    no text."""
    wanted = text.strip().casefold()
    if not wanted:
        return None
    own = {id for id, input in of.inputs.items() if wanted in f"{id}\n{input}".casefold()}
    return own | store.cases_saying(connection, principal, run, text.strip())
