"""The answer ended for an expected reason."""

from __future__ import annotations

from lab.graders._terms import Place, Sample, nearest

WHOLE = True
KNOWN = (
    "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal",
    "model_context_window_exceeded",
)  # fmt: skip
"""As the API names them."""


def stop_reason(picked: str, expected: tuple[str, ...], sample: Sample) -> tuple[bool, str]:
    """`expected`: a stop reason of the API, or a list of those that will do."""
    if sample.stop_reason in expected:
        return True, f"ended with {sample.stop_reason}"
    return False, f"ended with {sample.stop_reason}, not {' or '.join(expected)}"


def ready(value: object, place: Place) -> tuple[str, ...]:
    """The reasons that will do. Raises BadInput."""
    reasons = value if isinstance(value, list) else [value]
    if not reasons:
        raise place.error(f"stop_reason needs a reason. There are: {', '.join(KNOWN)}.")
    for reason in reasons:
        if reason not in KNOWN:
            raise place.error(f"there is no stop reason {reason!r}. {nearest(reason, KNOWN)}")
    return tuple(reasons)
