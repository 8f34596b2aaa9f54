"""Figures beside what they are wanted to be and beside a baseline of the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench._bench import percentile

TIMES, PATIENCE = 15, 3.0
"""Runs of each, and the seconds after which no further one begins."""


@dataclass(frozen=True)
class Figure:
    """Something to measure: at most `target` milliseconds are wanted (None: nothing is, of that); `bare` does
    it in the plain way."""

    name: str
    target: float | None
    run: Callable[[], object]
    bare: Callable[[], object]
    how: str


@dataclass(frozen=True)
class Took:
    """Milliseconds: the median and the longest, and the processor's in the median."""

    median: float
    longest: float
    cpu: float


def took(run: Callable[[], object]) -> Took:
    """After a first time, which fills the caches."""
    run()
    walls, cpus, began = [], [], time.perf_counter()
    while len(walls) < TIMES and (not walls or time.perf_counter() - began < PATIENCE):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    return Took(percentile(walls, 0.5), max(walls), percentile(cpus, 0.5))


HEAD = ("", "wanted", "median", "longest", "CPU", "baseline", "", "ratio")


def row(figure: Figure) -> tuple[str, ...]:
    """The figure's row in a table under HEAD."""
    mine, plain = took(figure.run), took(figure.bare)
    return (
        figure.name, _wanted(figure.target, mine.median), ms(mine.median), ms(mine.longest), ms(mine.cpu),
        figure.how, ms(plain.median), f"{mine.median / plain.median:.3f}",
    )  # fmt: skip


def _wanted(target: float | None, found: float) -> str:
    if target is None:
        return ""
    return f"≤ {target:g} ms{'' if found <= target else ' (missed)'}"


def ms(value: float) -> str:
    return f"{value:,.1f} ms" if value >= 1 else f"{value:.2f} ms"
