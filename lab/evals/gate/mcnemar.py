"""Pass or fail, once a case: only the cases that differ between two variants say anything.

Where nothing changed, each of them is as likely lost as gained: `lost` of `lost + gained` is binomial with a
half (McNemar, Psychometrika 12, 1947, 153-157, in its exact form).
"""

from __future__ import annotations

from functools import cache
from math import exp, lgamma, log


def worse(lost: int, gained: int) -> float:
    """How often chance alone would lose so many or more of those that differ: the one-sided exact p."""
    return _tail(lost + gained, lost)


def exact(lost: int, gained: int) -> float:
    """The two-sided exact p: how often chance alone would split them as unevenly, either way."""
    return min(1.0, 2 * _tail(lost + gained, max(lost, gained)))


def mid_p(lost: int, gained: int) -> float:
    """The two-sided p that counts half of what was seen: less cautious, its errors nearer to what it says."""
    differ, most = lost + gained, max(lost, gained)
    return min(1.0, 2 * _tail(differ, most) - _share(differ, most))


def needed_losses(differ: int, alpha: float) -> int | None:
    """The fewest losses among so many cases that differ whose one-sided p is at most alpha; None: not even
    if all are lost."""
    found, tail = None, 0.0
    for lost in range(differ, -1, -1):
        tail += _share(differ, lost)
        if tail > alpha:
            break
        found = lost
    return found


@cache
def _tail(of: int, least: int) -> float:
    """Of so many tosses of a coin, how likely are at least `least` heads."""
    return min(1.0, sum(_share(of, heads) for heads in range(least, of + 1)))


def _share(of: int, heads: int) -> float:
    return binomial(of, heads, 0.5)


def binomial(of: int, found: int, share: float) -> float:
    """How likely exactly `found` of `of` are, each with this probability."""
    if share in (0.0, 1.0):
        return float(found == of * share)
    ways = lgamma(of + 1) - lgamma(found + 1) - lgamma(of - found + 1)
    return exp(ways + found * log(share) + (of - found) * log(1 - share))
