"""How a call ended and what it took: what telemetry and the journal are told. It holds no text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from time import perf_counter

from lab.answer import Answer
from lab.errors import CallError
from lab.types import Cost, Event, Request, Sent, State, Text, Thinking, Usage

NO_ERROR = ("ok", "refused", "cancelled")
"""States that are somebody's decision, or an answer: nothing has failed."""

OTHER = "_OTHER"
"""An error that has no name of its own, in OpenTelemetry's word."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A call that has ended.

    `request` is what was sent last, or was to be sent. Times are in seconds: `waited` until the last attempt
    was sent, `headers`, `first_token` and `total` from then, `lasted` all of it. None: not known.
    """

    request: Request
    state: State
    error_type: str | None
    status: int | None
    message_id: str | None
    request_id: str | None
    answered_by: str | None
    source: str
    stop_reason: str | None
    usage: Usage
    cost: Cost | None
    attempts: int
    waited: float
    headers: float | None
    first_token: float | None
    total: float | None
    lasted: float


class Watch:
    """Takes a call's events in, gives its summary. `source` is where an answer is expected from."""

    def __init__(self, request: Request, source: str) -> None:
        self.answer = Answer()
        self.sent: Request | None = None
        self._request = request
        self._source = source
        self._attempts = 0
        self._opened = perf_counter()
        self._sent_at: float | None = None
        self._first: float | None = None

    def take(self, event: Event) -> None:
        self.answer.add(event)
        kind = type(event)
        if kind is Text or kind is Thinking:
            if self._first is None and event.text:
                self._first = perf_counter()
        elif kind is Sent:
            self.sent, self._sent_at = event.request, perf_counter()
            self._attempts += 1

    def summary(self) -> Summary:
        """The call so far; once it has ended, all of it."""
        now, answer = perf_counter(), self.answer
        began, reply, error = answer.started, answer.reply, answer.error
        sent_at = now if self._sent_at is None else self._sent_at
        first = None if self._first is None else self._first - sent_at
        known = reply or began
        return Summary(
            request=self.sent or self._request,
            state=answer.state,
            error_type=error_type(answer.state, error),
            status=200 if known else error.status if isinstance(error, CallError) else None,
            message_id=reply.id if reply else began.message_id if began else None,
            request_id=known.request_id if known else getattr(error, "request_id", None),
            answered_by=known.model if known else None,
            source=known.source if known else self._source,
            stop_reason=reply.stop_reason if reply else None,
            usage=known.usage if known else Usage(),
            cost=reply.cost if reply else None,
            attempts=self._attempts,
            waited=sent_at - self._opened,
            headers=reply.timing.headers if reply else None,
            first_token=reply.timing.first_token if reply else first,
            total=reply.timing.total if reply else None if self._sent_at is None else now - sent_at,
            lasted=now - self._opened,
        )


def error_type(state: State, error: BaseException | None) -> str | None:
    """What failed, in one word: the API's `error.type`, the lab's own, or an exception's class. None where
    nothing has. A server may say anything: what looks like no such word is not repeated.
    """
    if state in NO_ERROR:
        return None
    if not isinstance(error, CallError):
        return type(error).__name__ if error else OTHER
    if re.fullmatch(r"[a-z][a-z0-9_]{1,40}", error.type or ""):
        return error.type
    return f"http_{error.status}" if error.status not in (None, 200) else OTHER
