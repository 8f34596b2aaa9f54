"""A conversation's figures in words, the same wherever a person reads them."""

from __future__ import annotations

from collections.abc import Mapping

from lab import figures
from lab.spent import Spent


def costs(spent: Mapping[str, Spent]) -> str:
    """What the calls of each kind cost, which are never added up: `$1.20`, `$0.42 simulated`; a dash where
    there are none."""
    told = {kind: figures.spending(one.least, one.most, one.unpriced) for kind, one in spent.items()}
    parts = [amount if kind == "real" else f"{amount} {kind}" for kind, amount in sorted(told.items())]
    return " · ".join(parts) or "–"


def thumbs(up: int, down: int) -> str:
    """`2 up, 1 down`, or a dash."""
    given = ((up, "up"), (down, "down"))
    return ", ".join(f"{count:,} {way}" for count, way in given if count) or "–"
