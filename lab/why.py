"""Two periods beside each other: what they cost, why that differs, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab import risewords
from lab.cost import DOLLAR
from lab.figures import many, spending
from lab.rise import Usages, by_factor, rise
from lab.risewords import Cells, Step, signed
from lab.spent import Spent, Split, added
from lab.types import Picodollars


@dataclass(frozen=True, slots=True)
class Moved:
    """What was called in one of the periods."""

    name: str | None
    before: Spent
    after: Spent

    @property
    def difference(self) -> Picodollars:
        """Of estimates the least counts."""
        return self.after.least - self.before.least

    @property
    def shown(self) -> dict[str, str]:
        """Before, after and the change in words; what is unknown is not 0."""
        ends = {"before": self.before, "after": self.after}
        unknown = any(one.unpriced for one in ends.values())
        change = signed(self.difference) + (" + unknown" if unknown else "")
        return {
            **{name: spending(one.least, one.least, one.unpriced) for name, one in ends.items()},
            "change": "unknown" if unknown and not self.difference else change,
        }

    def record(self) -> dict[str, Any]:
        """For a file: picodollars, and how many calls are in none of them."""
        ends = {"before": self.before, "after": self.after}
        return {
            name: {"least_picodollars": one.least, "unpriced": one.unpriced} for name, one in ends.items()
        }


@dataclass(frozen=True)
class Why:
    """Calls of a kind by their models, before and after."""

    kind: str
    before: Mapping[str, Spent]
    after: Mapping[str, Spent]
    cells: Cells = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", rise(*self._used))

    @property
    def sums(self) -> tuple[Spent, Spent]:
        """Each period together."""
        return added(self.before.values()), added(self.after.values())

    @property
    def sentence(self) -> str:
        """What happened, and mostly why."""
        return risewords.sentence(*self._used, self.cells, self.kind)

    @property
    def steps(self) -> list[Step]:
        """The factors, which add up to the difference exactly."""
        return risewords.steps(*self._used, self.cells)

    @property
    def notes(self) -> list[str]:
        """What is not in the figures, in sentences."""
        before, after = self.sums
        found = []
        if before.unpriced or after.unpriced:
            unpriced = f"{many(after.unpriced)} whose price is not known ({before.unpriced:,} before)"
            found.append(f"Not in these figures: {unpriced}.")
        if before.estimates or after.estimates:
            cut = f"Cut off: {many(after.estimates)} ({before.estimates:,} before)"
            found.append(
                f"{cut}. They stand apart, with the least that they may have cost: no turn and no token of "
                "theirs is in another factor."
            )
        return found

    def record(self) -> dict[str, Any]:
        """All of it for a file: dollars, and picodollars where they add up exactly."""
        before, after = self.sums
        return {
            "kind": self.kind,
            "sentence": self.sentence,
            "before_usd": before.least / DOLLAR,
            "after_usd": after.least / DOLLAR,
            "difference_picodollars": after.least - before.least,
            "factors_picodollars": by_factor(self.cells),
            "models_picodollars": {
                model: {
                    factor: amount for (one, factor), amount in self.cells.items() if one == model and amount
                }
                for model in sorted({*self.before, *self.after})
            },
            "unpriced_calls": {"before": before.unpriced, "after": after.unpriced},
            "estimates": {"before": before.estimates, "after": after.estimates},
        }

    @property
    def _used(self) -> tuple[Usages, Usages]:
        one, other = (
            {name: each.used for name, each in split.items()} for split in (self.before, self.after)
        )
        return one, other


def moved(before: Split, after: Split) -> list[Moved]:
    """What each of two splits cost, what changed most first; the differences add up to that of the sums."""
    names = {*before, *after}
    found = [Moved(name, *(split.get(name, Spent()) for split in (before, after))) for name in names]
    return sorted(found, key=lambda one: (-abs(one.difference), str(one.name)))
