"""The answer cost no more than it may."""

from __future__ import annotations

from lab.graders._amounts import positive
from lab.graders._terms import Place, Sample, Unknown

WHOLE = True


def cost(picked: str, expected: float, sample: Sample) -> tuple[bool, str]:
    """`expected`: the most US dollars that the answer may cost.

    What it cost follows from the usage that the API reported and the prices of the day; of a replayed answer
    from the usage in its recording. Where a price or the usage is not known, the answer is ungraded.
    """
    from lab.cost import DOLLAR, dollars

    if sample.cost is None:
        raise Unknown("it is not known what the answer cost")
    over = sample.cost > expected * DOLLAR
    limit = dollars(round(expected * DOLLAR))
    return not over, f"cost {dollars(sample.cost)}, {'more' if over else 'not more'} than {limit}"


def ready(value: object, place: Place) -> float:
    """The most dollars. Raises BadInput."""
    return positive(value, "US dollars", place)
