"""Stopping as soon as it is clear, with the errors that were promised.

Whoever looks again and again and stops at the first p below 5 % is wrong far more often than that. Bets do
not have this fault: somebody who begins with 1 and bets against a claim that is true has 1 / alpha or more at
any time at most once in 1 / alpha (Ville's inequality; Waudby-Smith and Ramdas, Journal of the Royal
Statistical Society B 86, 2024, 1-27). The stakes are many at once, so that none has to be chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log1p
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from numpy import ndarray

STAKES = 50
"""Shares of the greatest stake that are bet side by side."""
STEPS = 20
"""Halvings in the search for an interval's end."""


class Bet(NamedTuple):
    """What a case, or a family, says: the sum of its differences, second less first, `at_best` and `at_worst`
    where some are not known, and its `size`; all as shares of the largest family's size."""

    at_best: float
    at_worst: float
    size: float = 1.0


class Evidence:
    """What differences, one case or family after another, say against two claims: that the second is not
    worse (`not_worse`), and that it is worse by the margin or more (`too_much_worse`). Each is a wealth that
    began with 1. What is not known is counted in favour of each claim.

    The order must be a random one. What a place says may be said anew, by the mean over more repeats. Read
    from the last to the first, such wealths are a martingale too, since a mean over fewer answers is on
    average that over more of them; so the highest of them is 1 / alpha or more at most once in 1 / alpha
    (Doob's inequality). That is a promise of its own, beside the one for the cases in their order.
    """

    def __init__(self, margin: float) -> None:
        self.margin = margin
        self.bets: list[Bet] = []
        self._worse, self._fine = [0.0] * STAKES, [0.0] * STAKES

    def put(self, place: int, bet: Bet) -> None:
        """Bet on what the next place says, or on what an earlier one says now."""
        if place < len(self.bets):
            self._count(self.bets[place], -1)
            self.bets[place] = bet
        else:
            self.bets.append(bet)
        self._count(bet, 1)

    def _count(self, bet: Bet, times: int) -> None:
        worse, fine = -bet.at_best, (bet.at_worst + self.margin * bet.size) / (1 - self.margin)
        for at in range(STAKES):
            stake = (at + 0.5) / STAKES
            self._worse[at] += times * log1p(stake * worse)
            self._fine[at] += times * log1p(stake * fine)

    @property
    def not_worse(self) -> float:
        """The wealth against the claim that the second is not worse."""
        return _mean(self._worse)

    @property
    def too_much_worse(self) -> float:
        """The wealth against the claim that the second is worse by the margin or more."""
        return _mean(self._fine)

    def interval(self, low: float, high: float) -> tuple[float, float]:
        """From where to where the mean difference may be: above all means against which the wealth is `low`
        or more, and below all against which it is `high`. It is as sure as a verdict, whenever it is read."""
        import numpy

        best, worst, size = (numpy.array(each) for each in zip(*self.bets, strict=True))

        def lower(mean: float) -> ndarray:
            return (worst - mean * size) / (1 + mean)

        def upper(mean: float) -> ndarray:
            return (mean * size - best) / (1 - mean)

        return (
            -_reach(lambda at: _wealth(lower(-at)) < low),
            _reach(lambda at: _wealth(upper(at)) < high),
        )


def _reach(inside: Callable[[float], bool]) -> float:
    """The greatest value from -1 to 1 that something holds for, where it holds for all below."""
    low, high = -1.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) else (low, middle)
    return high


def _wealth(gains: ndarray) -> float:
    """What bets on such gains, from -1 up, come to."""
    import numpy

    stakes = (numpy.arange(STAKES) + 0.5) / STAKES
    return _mean(numpy.log1p(stakes[:, None] * gains).sum(axis=1).tolist())


def _mean(logs: list[float]) -> float:
    most = max(logs)
    if most > 700:
        return float("inf")
    return exp(most) * sum(exp(each - most) for each in logs) / len(logs)
