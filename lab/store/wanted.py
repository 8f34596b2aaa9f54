"""Which calls of the log somebody wants to see, and the one place where that becomes SQL."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from lab.types import Principal

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Those of `lab.types.new_id`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Calls with all of these; None: any. `since` counts in, `until` does not; both know their zone.

    Without `version`, `prompt` means all its versions. `marked`: one of MARKS.
    """

    model: str | None = None
    prompt: str | None = None
    version: int | None = None
    state: str | None = None
    stop_reason: str | None = None
    source: str | None = None
    origin: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    marked: str | None = None

    @property
    def anything(self) -> bool:
        """Whether no call is left out."""
        return self == Wanted()


NOT_RESENT = "unknown, not sent again"
MARKS = {
    "may be a refusal": "SELECT id FROM calls WHERE refused_in_words",
    "for a person": "SELECT call_id FROM flags WHERE settled_at IS NULL",
    NOT_RESENT: "SELECT id FROM calls WHERE state = 'unknown' AND NOT EXISTS"
    " (SELECT 1 FROM calls AS again WHERE again.id = calls.resent_as)",
}
"""What a call can be marked with, and the few calls that are: each has an index of its own."""
_OTHERS = ("since", "until", "marked")
_COLUMNS = tuple(field.name for field in fields(Wanted) if field.name not in _OTHERS)


def where(principal: Principal, wanted: Wanted) -> tuple[str, list[object]]:
    """`FROM calls … WHERE …` for these calls that the person may see, and its values.

    The index named here holds all columns that can be asked for: however rare a call is, finding it reads
    no row but its own.
    """
    conditions: list[tuple[str, object]] = []
    if principal.role != "admin":
        conditions.append(("user = ?", principal.user))
    conditions += [(f"{name} = ?", getattr(wanted, name)) for name in _COLUMNS]
    conditions += [("id >= ?", wanted.since and first_id(wanted.since))]
    conditions += [("id < ?", wanted.until and first_id(wanted.until))]
    held = [(condition, value) for condition, value in conditions if value is not None]
    said = [condition for condition, _ in held]
    if wanted.marked is not None:
        said.append(f"id IN ({MARKS.get(wanted.marked, 'NULL')})")
    chosen = any(getattr(wanted, name) is not None for name in _COLUMNS)
    index = " INDEXED BY calls_wanted" if chosen else ""
    return f"FROM calls{index} WHERE {' AND '.join(said) or 'true'}", [value for _, value in held]


def first_id(at: datetime) -> str:
    """No call made at that time or later has a smaller id, and none made before it a greater one."""
    number = max(int(at.timestamp() * 1000), 0) << 24
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))
