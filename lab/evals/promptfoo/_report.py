"""What became of each key of a configuration: nothing is dropped in silence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

Fate = Literal["converted", "changed", "unsupported"]


class Unsupported(Exception):
    """There is nothing here that does the same. The words say why, and what to do instead."""


@dataclass(frozen=True)
class Line:
    """What became of a key. `where` is its first place; `note` says what is different, or why it is gone."""

    key: str
    fate: Fate
    note: str
    where: str
    count: int


class Report:
    """Told each key as it is looked at; keys that fare alike share a line."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, Fate, str]] = Counter()
        self._first: dict[tuple[str, Fate, str], str] = {}

    def add(self, key: str, fate: Fate, where: str, note: str = "") -> None:
        self._counts[key, fate, note] += 1
        self._first.setdefault((key, fate, note), where)

    def lines(self) -> tuple[Line, ...]:
        """What is not supported first, then what was changed, then what was converted."""
        order: tuple[Fate, ...] = ("unsupported", "changed", "converted")
        lines = (Line(*line, self._first[line], count) for line, count in self._counts.items())
        return tuple(sorted(lines, key=lambda line: order.index(line.fate)))
