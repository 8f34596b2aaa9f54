"""A Message Batch: what the API says of one, and how much goes into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from lab.types import Reply

MOST_REQUESTS, MOST_BYTES = 100_000, 256_000_000
"""What one batch takes at most (Anthropic's page on batch processing, 2026-08-14)."""
HOURS = 24
"""After so many a batch expires; what was not answered by then never is, and is not billed."""
KEPT_DAYS = 29
"""For so long the API keeps the results."""


class Batch(NamedTuple):
    """As the API shows it. Times are RFC 3339; `counts` by result stay 0 until it has ended, but for
    `processing`. `cancelled`: somebody asked for its end."""

    id: str
    status: Literal["in_progress", "canceling", "ended"]
    counts: Mapping[str, int]
    created_at: str
    expires_at: str
    ended_at: str | None
    cancelled: bool

    @property
    def requests(self) -> int:
        return sum(self.counts.values())


class Outcome(NamedTuple):
    """What became of one request of a batch: the `reply`, or why there is none. `again`: it was not the
    request's fault, so that asking again may help. Only a reply is billed."""

    custom_id: str
    reply: Reply | None
    error: Exception | None
    again: bool = False
