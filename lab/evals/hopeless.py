"""Whether a failed call tells that the calls after it would fail alike."""

from __future__ import annotations

from lab.errors import CallError, LabError

TYPES = ("authentication_error", "permission_error", "billing_error", "not_found_error", "paused")
STATUSES = (401, 402, 403, 404)
"""Errors of the API or the lab, by their type or status, that every further call would meet too."""
REFUSED_AS_THEY_ARE = (400, 413)
"""Statuses that say no to a request as it is: to this case, or to what all cases share."""
ALIKE = 3
"""So many cases refused in the same words, with no answer of who was asked so far, speak for all."""


class Failures:
    """What a run's calls have come to so far, by who was asked: a variant, or a judge."""

    def __init__(self) -> None:
        self._answered: set[str] = set()
        self._refused: dict[tuple[str, str], set[str]] = {}

    def answered(self, who: str) -> None:
        self._answered.add(who)

    def judge(self, who: str, case: str, error: CallError) -> None:
        """Raises what ends the run, where every further call would meet this too."""
        if error.type in TYPES or error.status in STATUSES:
            raise error
        if error.status not in REFUSED_AS_THEY_ARE or who in self._answered:
            return
        cases = self._refused.setdefault((who, str(error)), set())
        cases.add(case)
        if len(cases) == ALIKE:
            raise LabError(f"{who}: {error} {ALIKE} cases were refused so and none was answered.")
