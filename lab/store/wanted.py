"""Which calls of the log somebody wants to see, and the one place where that becomes SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lab.store import terms
from lab.store.kinds import KEYS
from lab.types import Picodollars, Principal

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Those of `lab.types.new_id`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Calls with all of these; None: any. `since` counts in, `until` does not; both know their zone.

    Without `versions`, `prompt` means all its versions. `kind`: one of ANSWERED; `use`: one of USED; `cache`:
    one of CACHE; `rating`: one of RATINGS, by whomever. `cost_from` and `cost_to` count in; of an estimate
    the most it may be is looked at, and what has no known cost is in no range. `first_token_over` and
    `total_over`: milliseconds. `marked`: one of MARKS.
    `words` stand in question and answer: see `lab.store.terms`.
    """

    model: str | None = None
    prompt: str | None = None
    versions: tuple[int, ...] | None = None
    state: str | None = None
    stop_reason: str | None = None
    source: str | None = None
    origin: str | None = None
    endpoint: str | None = None
    kind: str | None = None
    use: str | None = None
    cache: str | None = None
    rating: str | None = None
    user: str | None = None
    conversation: str | None = None
    run: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    cost_from: Picodollars | None = None
    cost_to: Picodollars | None = None
    first_token_over: float | None = None
    total_over: float | None = None
    marked: str | None = None
    words: str | None = None

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
ANSWERED = {
    "real": "source IN ('api', 'batch')",
    "simulated": "(source = 'simulated' OR source = 'replay' AND endpoint = 'simulated')",
    "replayed": "source = 'replay' AND endpoint != 'simulated'",
}
"""What answered, as the sums of costs tell it apart."""
_PRODUCT, _ALONE = "origin IN ('chat', 'api')", "source != 'batch'"
USED = {
    "product": f"{_PRODUCT} AND {_ALONE}",
    "checks": f"origin = 'check' AND {_ALONE}",
    "judges": f"origin = 'judge' AND {_ALONE}",
    "batches": "source = 'batch'",
    "others": f"NOT {_PRODUCT} AND origin NOT IN ('check', 'judge') AND {_ALONE}",
}
"""What calls were for, likewise."""
CACHE = ("read", "missed", "never")
RATINGS = {
    "up": "rated IN ('up', 'both')",
    "down": "rated IN ('down', 'both')",
    "none": "rated IS NULL",
}

Conditions = list[tuple[str, tuple[object, ...]]]
"""Pieces of SQL that all hold, and the values in each."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """What is wanted, as conditions on rows of `calls`: those that a call's `kind` decides (on rows of
    `kinds` they read the same), whose it is, those of few calls, and by what they are between: `id`, or one
    of KEYS."""

    kind: Conditions
    whose: Conditions
    few: Conditions
    between: dict[str, Conditions]

    @property
    def all(self) -> Conditions:
        return [
            *self.few,
            *self.whose,
            *self.kind,
            *(each for held in self.between.values() for each in held),
        ]


def sifted(principal: Principal, wanted: Wanted) -> Sifted:
    """What is wanted of what the person may see."""
    kind: Conditions = [
        (f"{name} = ?", (value,)) for name in _KIND if (value := getattr(wanted, name)) is not None
    ]
    for value, words in ((wanted.kind, ANSWERED), (wanted.use, USED), (wanted.rating, RATINGS)):
        if value is not None:
            kind.append((words.get(value, "false"), ()))
    if wanted.cache is not None:
        kind.append(("caching = ?", (wanted.cache,)))
    if wanted.versions is not None:
        kind.append((f"version IN ({', '.join('?' * len(wanted.versions))})", wanted.versions))
    users = {wanted.user, None if principal.role == "admin" else principal.user} - {None}
    whose: Conditions = [("user = ?", (user,)) for user in sorted(users, key=str)]
    return Sifted(kind, whose, _few(wanted), _between(wanted))


_SAYING = """
    id IN (SELECT call_id FROM spoken CROSS JOIN indexed_calls ON number = spoken.rowid WHERE spoken MATCH ?)
"""
_KIND = ("model", "prompt", "state", "stop_reason", "source", "origin", "endpoint")


def _few(wanted: Wanted) -> Conditions:
    found: Conditions = []
    if wanted.conversation is not None:
        found.append(("conversation_id = ?", (wanted.conversation,)))
    if wanted.run is not None:
        found.append(("run_id = ?", (wanted.run,)))
    if wanted.words is not None:
        said = terms.sought(wanted.words)
        found.append((_SAYING, (said,)) if said else ("false", ()))
    if wanted.marked is not None:
        found.append((f"id IN ({MARKS.get(wanted.marked, 'NULL')})", ()))
    return found


def _between(wanted: Wanted) -> dict[str, Conditions]:
    limits = (
        ("id", "id >= ?", wanted.since and first_id(wanted.since)),
        ("id", "id < ?", wanted.until and first_id(wanted.until)),
        ("cost", f"{KEYS['cost']} >= ?", wanted.cost_from),
        ("cost", f"{KEYS['cost']} BETWEEN 0 AND ?", wanted.cost_to),
        ("first_token", f"{KEYS['first_token']} > ?", wanted.first_token_over),
        ("total", f"{KEYS['total']} > ?", wanted.total_over),
    )
    found: dict[str, Conditions] = {}
    for name, condition, value in limits:
        if value is not None:
            found.setdefault(name, []).append((condition, (value,)))
    return found


def joined(conditions: Conditions) -> tuple[str, list[object]]:
    """All of them as one, and their values."""
    said = " AND ".join(condition for condition, _ in conditions) or "true"
    return said, [value for _, values in conditions for value in values]


def where(principal: Principal, wanted: Wanted) -> tuple[str, list[object]]:
    """`FROM calls WHERE …` for these calls that the person may see, and its values: for reading all of them.
    A page of them is found faster by `lab.store.paging`."""
    said, values = joined(sifted(principal, wanted).all)
    return f"FROM calls WHERE {said}", values


def first_id(at: datetime) -> str:
    """No call made at that time or later has a smaller id, and none made before it a greater one."""
    number = max(int(at.timestamp() * 1000), 0) << 24
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))
