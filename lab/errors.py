"""What can go wrong, as sentences: what was wrong, where, and what to do next.

Each class carries the exit code that the command line ends with: 2 the person asked wrongly,
3 the lab could not run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def nearest(name: object, names: Iterable[object]) -> str:
    """` Did you mean 'support'?`, or nothing where none comes near."""
    from difflib import get_close_matches

    near = get_close_matches(str(name)[:100], [str(each) for each in names], 1)
    return f" Did you mean '{near[0]}'?" if near else ""


class LabError(Exception):
    """The lab could not do it. `str(error)` is a sentence fit for a person."""

    exit_code = 3


class BadInput(LabError):
    """Something that was typed, written in a file or set in the environment is wrong."""

    exit_code = 2


class BadKey(LabError):
    """The API key cannot be used. The sentence never holds the key."""


class StoreError(LabError):
    """The database cannot be used."""


class StoreLocked(StoreError):
    """Another process held the database for longer than the lab waits."""


class BudgetSpent(LabError):
    """What a run may cost leaves no room for a call, which was not made."""


class CallError(LabError):
    """A call to a model ended without a complete answer.

    status: HTTP status, 200 once a stream had begun, None where no response came.
    type: the API's `error.type`, or the lab's own word where the API sent none.
    retry_after: seconds the server asked to wait, or None.
    sent: whether any byte of the request may have left. Sent and no status: billing unknown.
    should_retry: the server's `x-should-retry` header, or None.
    limits: the rate-limit headers that came with it.
    state: how the call ended, in the vocabulary of `lab.types.State`.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        type: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        sent: bool = True,
        should_retry: bool | None = None,
        state: str | None = None,
        limits: Mapping[str, str] = {},
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type = type
        self.request_id = request_id
        self.retry_after = retry_after
        self.sent = sent
        self.should_retry = should_retry
        self.limits = limits
        unknown = sent and status in (None, 504)
        self.state = state or ("unknown" if unknown else "failed")


class Paused(CallError):
    """New calls like this one are paused; it was not made."""

    def __init__(self, message: str) -> None:
        super().__init__(message, type="paused", sent=False, state="blocked")


class Enclosed(LabError):
    """No fault: the request was put into a batch, whose answers come later."""
