"""Stopping as soon as it is clear, with the errors that were promised.

Whoever looks again and again and stops at the first p below 5 % is wrong far more often than that. Bets do
not have this fault: somebody who begins with 1 and bets against a claim that is true has 1 / alpha or more at
any time at most once in 1 / alpha (Ville's inequality; Waudby-Smith and Ramdas, Journal of the Royal
Statistical Society B 86, 2024, 1-27). The stakes are many at once, so that none has to be chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log1p

ALPHA = 0.05
STAKES = 50
"""Shares of the greatest stake that are bet side by side."""


class Evidence:
    """What differences, one case after another, say against two claims: that it is not worse (`not_worse`),
    and that it is worse by the margin or more (`too_much_worse`). Each is a wealth that began with 1.

    Differences are from -1 to 1, second less first; the order of the cases must be a random one.
    """

    def __init__(self, margin: float) -> None:
        self.margin, self.cases = margin, 0
        self._worse, self._fine = [0.0] * STAKES, [0.0] * STAKES

    def add(self, differences: Iterable[float]) -> None:
        """Bet on these, in their order."""
        for difference in differences:
            self.cases += 1
            for at in range(STAKES):
                stake = (at + 0.5) / STAKES
                self._worse[at] += log1p(-stake * difference)
                self._fine[at] += log1p(stake / (1 - self.margin) * (difference + self.margin))

    @property
    def not_worse(self) -> float:
        """The wealth against the claim that the second is not worse."""
        return _mean(self._worse)

    @property
    def too_much_worse(self) -> float:
        """The wealth against the claim that the second is worse by the margin or more."""
        return _mean(self._fine)

    def decided(self, alpha: float = ALPHA) -> str | None:
        """`failed` where it is clear that it is worse, `passed` where it is clear that it is not by as much
        as the margin; None while neither is. The second goes first, as in the gate."""
        if self.too_much_worse >= 1 / alpha:
            return "passed"
        return "failed" if self.not_worse >= 1 / alpha else None


def _mean(logs: list[float]) -> float:
    most = max(logs)
    if most > 700:
        return float("inf")
    return exp(most) * sum(exp(each - most) for each in logs) / len(logs)
