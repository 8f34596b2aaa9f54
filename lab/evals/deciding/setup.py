"""What a check that goes on until it is decided begins with: its cases in their order, and what was kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import Any

from lab.evals.dataset import Dataset
from lab.evals.gate import Arm, Marks, Rule
from lab.evals.sides import score
from lab.types import digest

Unit = tuple[str, ...]
"""The cases of a family, or one case."""


def units(cases: Iterable[str], families: Mapping[str, str], seed: int) -> list[Unit]:
    """Families of cases in an order that the seed draws, the same whoever asks; cases without one alone."""
    found: dict[tuple[bool, str], list[str]] = {}
    for case in cases:
        key = (True, families[case]) if case in families else (False, case)
        found.setdefault(key, []).append(case)
    lots = sorted(found, key=lambda key: digest(f"{seed}\n{key}"))
    return [tuple(found[key]) for key in lots]


def families(dataset: Dataset) -> dict[str, str]:
    """Which family each case is of, where the dataset's gate names a column for that."""
    column = dataset.gate.cluster
    found = {case.id: case.columns.get(column) for case in dataset.cases} if column else {}
    return {case: str(family) for case, family in found.items() if family is not None}


def marks(result: Mapping[str, Any], rule: Rule) -> Marks:
    """What an answer was given, of a result as `store.results` gives it."""
    return tuple(score(result, name) for name in rule.measures)


def kept(arm: Arm, rule: Rule) -> dict[str, Marks]:
    """What each case had on a side that is kept: the mean of its answers."""
    return {
        case: tuple(_mean(asked.scores.get(name, ())) for name in rule.measures)
        for case, asked in arm.cases.items()
    }


def _mean(scores: Iterable[float | None]) -> float | None:
    known = [each for each in scores if each is not None]
    return fmean(known) if known else None
