"""Money, and what a bill is made of."""

from __future__ import annotations

from typing import NamedTuple

Picodollars = int
"""10**-12 US dollars. Whole numbers, so that sums are exact."""


class Terms(NamedTuple):
    """What the terms of a bill come to. All but the last two add up to it: `thinking` is a part of `output`
    (None: not told apart), and `uncached` is what the prompt would have cost without a cache."""

    input: Picodollars
    cache_write: Picodollars
    cache_read: Picodollars
    output: Picodollars
    web_search: Picodollars
    thinking: Picodollars | None
    uncached: Picodollars
