"""An interval that assumes no shape: the cases drawn again and again, with replacement."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import ndarray

DRAWS = 10_000
FEW = 64
"""Different values up to which only their counts are drawn."""
CHUNK = 250
_NORMAL = NormalDist()


def interval(
    sums: Sequence[float], sizes: Sequence[float], level: float, seed: int = 0
) -> tuple[float, float]:
    """From where to where the mean may be: of each family (or case) the sum of its values and their number.
    Bias-corrected and accelerated (Efron, Journal of the American Statistical Association 82, 1987, 171-185),
    from 10,000 draws of whole families. All the same: no width, which says nothing of how far others may be.
    """
    import numpy

    totals, counts = numpy.asarray(sums, dtype=float), numpy.asarray(sizes, dtype=float)
    mean = float(totals.sum() / counts.sum())
    drawn = _drawn(totals, counts, numpy.random.default_rng(seed))
    left_out = (totals.sum() - totals) / numpy.maximum(counts.sum() - counts, 1)
    return bca(drawn, left_out, mean, level)


def bca(drawn: ndarray, left_out: ndarray, value: float, level: float) -> tuple[float, float]:
    """The interval from a statistic's bootstrap distribution, its values with each family left out, and its
    own value."""
    import numpy

    below = float(((drawn < value).sum() + (drawn <= value).sum()) / (2 * len(drawn)))
    if not 0 < below < 1:
        return float(drawn.min()), float(drawn.max())
    bias = _NORMAL.inv_cdf(below)
    off = left_out.mean() - left_out
    scale = float((off**2).sum()) ** 1.5
    bend = float((off**3).sum()) / (6 * scale) if scale else 0.0

    def at(share: float) -> float:
        z = bias + _NORMAL.inv_cdf(share)
        return _NORMAL.cdf(bias + z / (1 - bend * z))

    low, high = numpy.quantile(drawn, [at((1 - level) / 2), at((1 + level) / 2)])
    return float(low), float(high)


def _drawn(totals: ndarray, counts: ndarray, random: object) -> ndarray:
    """The means of the draws."""
    import numpy

    kinds, of_kind = numpy.unique(numpy.stack([totals, counts]), axis=1, return_counts=True)
    if len(of_kind) <= FEW:
        weights = random.multinomial(len(totals), of_kind / len(totals), size=DRAWS)
        return (weights @ kinds[0]) / (weights @ kinds[1])
    means = []
    for _ in range(DRAWS // CHUNK):
        chosen = random.integers(0, len(totals), (CHUNK, len(totals)))
        means.append(totals[chosen].sum(axis=1) / counts[chosen].sum(axis=1))
    return numpy.concatenate(means)
