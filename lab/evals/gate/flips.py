"""Scores, or means over repeats: how often chance alone would bring such a mean difference.

Where nothing changed, each case's difference is as likely the one way round as the other. So its sign is
turned at random, many times over, and the mean seen is held against the means that this gives (Fisher's
randomization test for pairs). Cases of a family turn together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import ndarray

TURNS = 10_000
"""Random turns, where there are more than can be gone through one by one."""
ALL = 12
"""Differences of which every combination of signs is gone through."""
CHUNK = 1_000
TIE = 1e-9
"""What rounding may do to two means that are the same."""


def worse(sums: Sequence[Sequence[float]], seed: int = 0) -> list[float]:
    """The one-sided p that each measure is worse: of each family of cases (or each case) the sum of its
    differences, second less first, measure by measure.

    `sums`: families x measures. Exact up to 12 families, else from 10,000 turns of all measures alike, of
    which the one that was seen counts as one more.
    """
    import numpy

    found = numpy.asarray(sums, dtype=float)
    seen = found.sum(axis=0) + TIE * max(1.0, float(numpy.abs(found).sum(axis=0).max(initial=0)))
    if len(found) <= ALL:
        signs = numpy.array([*product((-1.0, 1.0), repeat=len(found))])
        return [float(share) for share in ((signs @ found) <= seen).mean(axis=0)]
    below = _turned(found, seen, numpy.random.default_rng(seed))
    return [float(share) for share in (below + 1) / (TURNS + 1)]


def _turned(found: ndarray, seen: ndarray, random: object) -> ndarray:
    """How many of the random turns are as far down as what was seen."""
    import numpy

    below = numpy.zeros(found.shape[1])
    whole = found.sum(axis=0)
    for _ in range(TURNS // CHUNK):
        bits = numpy.frombuffer(random.bytes(CHUNK * -(-len(found) // 8)), numpy.uint8)
        turned = numpy.unpackbits(bits.reshape(CHUNK, -1), axis=1, count=len(found))
        below += (whole - 2 * (turned.astype(numpy.float32) @ found.astype(numpy.float32)) <= seen).sum(
            axis=0
        )
    return below
