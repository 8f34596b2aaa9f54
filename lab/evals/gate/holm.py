"""Several claims at once: how sure each is, given that there are others."""

from __future__ import annotations

from collections.abc import Sequence


def holm(ps: Sequence[float]) -> list[float]:
    """Each p as if it were alone: no more than alpha of all true null hypotheses' families lose any (Holm,
    Scandinavian Journal of Statistics 6, 1979, 65-70)."""
    return _stepped(
        ps, sorted(range(len(ps)), key=lambda at: ps[at]), lambda p, rank: p * (len(ps) - rank), max
    )


def benjamini_hochberg(ps: Sequence[float]) -> list[float]:
    """Each p such that of those called at a level at most this share are false on average (Benjamini and
    Hochberg, Journal of the Royal Statistical Society B 57, 1995, 289-300). For looking around, never for a
    verdict."""
    order = sorted(range(len(ps)), key=lambda at: -ps[at])
    return _stepped(ps, order, lambda p, rank: p * len(ps) / (len(ps) - rank), min)


def _stepped(ps, order, scaled, further) -> list[float]:
    found, last = [0.0] * len(ps), None
    for rank, at in enumerate(order):
        value = scaled(ps[at], rank)
        last = value if last is None else further(last, value)
        found[at] = min(last, 1.0)
    return found
