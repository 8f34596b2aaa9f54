"""The answer came in time."""

from __future__ import annotations

from dataclasses import dataclass

from lab.graders._amounts import positive
from lab.graders._terms import Place, Sample, Unknown, nearest

WHOLE = True
PARTS = ("total", "first_token")


@dataclass(frozen=True)
class Limits:
    """The most seconds for the whole answer and for its first token; None: no limit."""

    total: float | None
    first_token: float | None


def latency(picked: str, expected: Limits, sample: Sample) -> tuple[bool, str]:
    """`expected`: the most seconds that the answer may take, or a table with `total`, `first_token` or both.

    The time is the model's: from when the request was sent, without waits before that. Of a replayed answer
    it is that of the recording. Where it is not known, the answer is ungraded.
    """
    then = " when it was recorded" if sample.source == "replay" else ""
    said, late = [], False
    for limit, seconds, what in (
        (expected.total, sample.seconds, "the answer"),
        (expected.first_token, sample.first_token, "the first token"),
    ):
        if limit is None:
            continue
        if seconds is None:
            raise Unknown(f"it is not known how long {what} took")
        over = seconds > limit
        late = late or over
        said.append(f"{what} took {seconds:.3g} s{then}, {'more' if over else 'not more'} than {limit:g} s")
    return not late, "; ".join(said)


def ready(value: object, place: Place) -> Limits:
    """The limits. Raises BadInput."""
    if not isinstance(value, dict):
        return Limits(positive(value, "seconds", place), None)
    for key in value:
        if key not in PARTS:
            raise place.error(f"latency has no '{key}'. {nearest(key, PARTS)}", "latency", key)
    if not value:
        raise place.error("latency needs seconds, such as 2 or {total: 5, first_token: 0.8}.")
    limits = {key: positive(value[key], "seconds", place, "latency", key) for key in value}
    return Limits(limits.get("total"), limits.get("first_token"))
