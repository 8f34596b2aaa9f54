"""What was saved, in words."""

from __future__ import annotations

from lab.cost import dollars
from lab.figures import many


def gain(amount: int, unknown: int = 0, calls: int = 0) -> str:
    """What was saved: `$1.20`, or `−$0.30` where it was a loss; and of how many of the `calls` it is not
    known: `$1.20, 3 calls not known`."""
    if unknown and unknown == calls:
        return "unknown"
    said = dollars(amount) if amount >= 0 else f"−{dollars(-amount)}"
    return f"{said}, {many(unknown)} not known" if unknown else said


def routing(saved: int, turns: int, unknown: int) -> str:
    """What rules saved in so many turns, by the same tokens at two prices; of how many it is not known."""
    if not turns:
        return "unknown"
    said = f"≈ {gain(saved)} (estimate), {many(turns, 'turn')}"
    return f"{said}, {unknown:,} not known" if unknown else said
