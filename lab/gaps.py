"""Time that passed, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
"""Seconds of each, the longest first."""


def span(seconds: float) -> str:
    """`0.4 s`, `42 s`, `6 min 12 s`, `1 h 5 min`, `2 d 3 h`."""
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    left, parts = round(seconds), []
    for long, unit in _UNITS:
        count, left = divmod(left, long)
        parts += [f"{count} {unit}" if count else ""]
    first = next(place for place, part in enumerate(parts) if part)
    return " ".join(part for part in parts[first : first + 2] if part)


def gap(before: Mapping[str, Any] | None, call: Mapping[str, Any]) -> str:
    """How long after the end of the logged call before it one was made: `+6 min 12 s`; nothing where there is
    none before, or its end is not known."""
    if before is None or before["total_ms"] is None:
        return ""
    took = timedelta(milliseconds=before["total_ms"] + (before["waited_ms"] or 0))
    ended = datetime.fromisoformat(before["started_at"]) + took
    return f"+{span((datetime.fromisoformat(call['started_at']) - ended).total_seconds())}"
