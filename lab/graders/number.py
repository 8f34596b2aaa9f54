"""The last number in the answer is the expected one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation

from lab.graders._numbers import last_number
from lab.graders._terms import Missing, Place, Sample, scalar, shown

EXACT = Context(prec=100_000)


@dataclass(frozen=True)
class Near:
    """A number, and how far off another may be."""

    value: Decimal
    tolerance: Decimal


def number(picked: str, expected: Near, sample: Sample) -> tuple[bool, str]:
    """`expected`: a number, or a text whose last number is taken, such as `… #### 18`.

    `tolerance` is how far off the answer may be, either way (default 0); `5%` is that part of the expected
    number. `$1,234.50`, `25%` and `+7` are
    1234.50, 25 and 7; per cent and currency are not looked at.
    """
    if (value := last_number(picked)) is None:
        raise Missing(f"has no number in it: {shown(picked)}")
    off = abs(EXACT.subtract(value, expected.value))
    if off <= expected.tolerance:
        return True, f"is {value}" + (f", {off} off {expected.value}" if off else "")
    return False, f"is {value}, not {expected.value}"


def ready(value: object, place: Place, *, tolerance: object = 0) -> Near:
    """The number to compare with. Raises BadInput."""
    text = None if isinstance(value, bool) else scalar(value)
    expected = None if text is None else last_number(text)
    if expected is None:
        raise place.error(f"number needs a number, or a text with one in it, not {value!r}.")
    given = (scalar(tolerance) or "").strip()
    try:
        allowed = Decimal(given.removesuffix("%"))
    except InvalidOperation:
        allowed = Decimal("NaN")
    if not allowed.is_finite() or allowed < 0:
        raise place.error(
            f"a tolerance is a number from 0 up, or a share such as 5%, not {tolerance!r}.", "tolerance"
        )
    share = abs(EXACT.multiply(expected, allowed)).scaleb(-2, EXACT)
    return Near(expected, share if given.endswith("%") else allowed)
