"""How fast and how well answers are served."""

from __future__ import annotations

from lab.ui.parts.notices import empty


def vitals() -> None:
    """Latency, speed, errors and ratings, over time."""
    empty("Nothing is drawn here yet", "Each call, under Calls, says how long its parts took.")
