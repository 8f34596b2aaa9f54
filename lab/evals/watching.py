"""The files that datasets depend on, looked at again and again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lab.engine import Lab
from lab.evals import changes
from lab.evals.choosing import Chosen, chosen
from lab.evals.dataset import Dataset
from lab.evals.order import Order
from lab.evals.plan import variants
from lab.evals.sources import sources
from lab.types import Principal

EVERY = 0.4
"""Seconds between two looks. Looking takes a stat for each file, needs no further package, and works on
network drives and in containers too, where the system tells nobody of changes."""

Stamps = dict[Path, tuple[int, int]]


class Watch:
    """What an order's datasets and prompts say, and when that changes."""

    def __init__(self, lab: Lab, principal: Principal, order: Order) -> None:
        self._lab, self._principal, self._order = lab, principal, order
        self._said: dict[str, Any] = {}
        self._files: set[Path] = set()
        self._stamps: Stamps = {}

    def due(self) -> Chosen:
        """The datasets that say something else than when they were last due, or whose prompts do; all of them
        at first. Raises BadInput as `chosen` does."""
        self._stamps = self._look()
        found, left_out = chosen(self._lab, self._principal, self._order)
        self._files = set().union(*(sources(dataset) for dataset in found)) or self._files
        self._stamps = self._look()
        said = {dataset.name: self._saying(dataset) for dataset in found}
        due = [dataset for dataset in found if said[dataset.name] != self._said.get(dataset.name)]
        self._said |= said
        return Chosen(due, left_out)

    async def stirred(self, every: float = EVERY) -> None:
        """Come back when a file is not as it was, and has been left alone for a moment."""
        before = self._stamps
        while (now := self._look()) == self._stamps or now != before:
            before = now
            await asyncio.sleep(every)

    def _saying(self, dataset: Dataset) -> dict[str, Any]:
        prompts = self._lab.folder / "prompts"
        found = variants(self._lab, prompts, dataset, self._order.prompts, self._order.models)
        return changes.content(dataset, found)

    def _look(self) -> Stamps:
        """When the files were last written, and how long they are; those that lie beside a dataset too, since
        one may be named next."""
        beside = {file.parent for file in self._files}
        there = {*self._files, *_below(self._lab.folder / "prompts")}
        return dict(_stamped([*there, *(each for folder in beside for each in _in(folder))]))


def _below(folder: Path) -> Iterator[Path]:
    for place, _, files in os.walk(folder):
        yield from (Path(place, file) for file in files)


def _in(folder: Path) -> list[Path]:
    try:
        return [Path(each.path) for each in os.scandir(folder) if each.is_file()]
    except OSError:
        return []


def _stamped(files: Iterable[Path]) -> Iterator[tuple[Path, tuple[int, int]]]:
    for file in files:
        try:
            about = file.stat()
        except OSError:  # it may come back: editors write a new file and move it there
            continue
        yield file, (about.st_mtime_ns, about.st_size)
