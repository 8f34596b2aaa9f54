"""Whether `max_tokens` is too low or too high for what answers use, and what would do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from lab import store
from lab.engine.vitals import Spread
from lab.models import Model
from lab.store import Connection, Day, rollups
from lab.types import Principal

LEAST = 50
"""Answers, below which nothing is said."""
LEAST_TO_LOWER = 200
CUT = 0.01
"""The share of answers cut off at max_tokens from which on it is too low; said once it is at least that with
95 % confidence (Wilson's lower bound)."""
AIM = 0.005
"""The share that a proposed value is to cut off."""
USED, ROOM = 0.5, 1.25
"""It is too high where 99.9 % of the answers, and a quarter more, stay below this share of it."""
STEP = 64


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about the `max_tokens` of a prompt's version with a model. `cut` of `answers` were cut off;
    half of them use up to `half` tokens, 99.9 % up to `most`."""

    prompt: str
    version: int | None
    model: str
    max_tokens: int
    proposed: int
    answers: int
    cut: int
    half: int
    most: int

    @property
    def low(self) -> bool:
        return self.proposed > self.max_tokens


def allowances(
    connection: Connection,
    principal: Principal,
    days: Sequence[Day],
    where: Mapping[str, Any],
    models: Mapping[str, Model],
) -> list[Advice]:
    """Advice where `max_tokens` does not fit, the most answers cut off first. `where`: which calls."""
    by = ("prompt", "version", "model")
    shares = rollups.histograms(connection, principal, days, "share", by, where)
    cut = {
        tuple(row[name] for name in by): row["cut"]
        for row in rollups.rolled(connection, principal, days, ("calls", "cut"), by, where)
    }
    enough = [key for key, buckets in shares.items() if key[0] and sum(buckets.values()) >= LEAST]
    limits = store.newest_limits(connection, principal, enough)
    found = [
        _advice(key, limit, Spread(shares[key]), cut.get(key, 0), models.get(key[2]))
        for key, limit in limits.items()
    ]
    return sorted(
        (each for each in found if each), key=lambda each: (-each.cut / each.answers, -each.answers)
    )


def row(advice: Advice) -> dict[str, str]:
    """Advice as a row of a table."""
    name = f"{advice.prompt}@{advice.version}" if advice.version else f"{advice.prompt} (draft)"
    return {
        "prompt": name,
        "model": advice.model,
        "max_tokens": f"{advice.max_tokens:,}",
        "better": f"{advice.proposed:,}",
        "why": words(advice),
    }


def as_json(advice: Advice) -> dict[str, Any]:
    return asdict(advice) | {"why": words(advice)}


def words(advice: Advice) -> str:
    """The reason, in a sentence or two."""
    now, then = f"{advice.max_tokens:,}", f"{advice.proposed:,}"
    if advice.low:
        return (
            f"{advice.cut / advice.answers:.1%} of {advice.answers:,} answers were cut off at {now} tokens; "
            f"half use up to {advice.half:,}. At {then}, by the shape of the rest, about {AIM:.1%} would be."
        )
    return (
        f"99.9 % of {advice.answers:,} answers use at most {advice.most:,} of {now} tokens, and none was cut "
        f"off. {then} leaves a quarter more than that: a runaway answer costs less, and budgets reserve less."
    )


def _advice(key: tuple[Any, ...], limit: int, share: Spread, cut: int, model: Model | None) -> Advice | None:
    answers = share.many
    half, most = (math.ceil(limit * min(share.at(part) or 0.0, 1.0)) for part in (0.5, 0.999))
    if _at_least(cut, answers) > CUT:
        proposed = _enough(limit, half, cut / answers)
        proposed = min(proposed, (model and model.max_output) or proposed)
    elif cut == 0 and answers >= LEAST_TO_LOWER and most * ROOM < limit * USED:
        proposed = _rounded(most * ROOM)
    else:
        return None
    if proposed == limit:
        return None
    return Advice(*key, limit, proposed, answers, cut, half, most)


def _enough(limit: int, half: int, cut: float) -> int:
    """A limit that would cut off `AIM` of the answers, if their lengths are spread as logarithms of a normal
    distribution whose median is `half` and of which `cut` lies above `limit`. Where half of them or more are
    cut off nothing is known of the rest: twice the limit."""
    normal = NormalDist()
    if cut >= 0.5 or half >= limit:
        return _rounded(limit * 2)
    sigma = math.log(limit / half) / normal.inv_cdf(1 - cut)
    return _rounded(min(half * math.exp(sigma * normal.inv_cdf(1 - AIM)), limit * 8))


def _rounded(tokens: float) -> int:
    return math.ceil(tokens / STEP) * STEP


def _at_least(part: int, whole: int, z: float = 1.645) -> float:
    """The lower end of Wilson's interval for a share."""
    p, n = part / whole, whole
    centre = p + z * z / (2 * n)
    return (centre - z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)
