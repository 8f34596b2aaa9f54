"""What is out of the ordinary, and what to do about it."""

from __future__ import annotations

from lab.ui.parts.notices import empty


def alerts() -> None:
    """The alerts that are open."""
    empty("No alerts are kept yet", "Nothing watches the log so far.")
