"""One row a call: who, why, what was really sent, the answer, the outcome."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import perf_counter

from lab import store
from lab.answer import Answer
from lab.engine.lab import Lab
from lab.errors import Enclosed
from lab.store import Write
from lab.types import Caller, Connected, Event, Request, Sent, Started, Text, Thinking, Timing

FLUSH_SECONDS = 1.0
FLUSH_CHARACTERS = 2048
"""What a crash may cost of an answer: what came in the last second or the last 2 KB."""


def log(call: Caller, lab: Lab) -> Caller:
    """Writes the call's row as it goes. A call that fails, is cancelled or cut is written like any other; one
    that was put into a batch stays open."""

    async def logged(request: Request) -> AsyncGenerator[Event, None]:
        record = _Record(request, lab)
        try:
            async with aclosing(call(request)) as events:
                async for event in events:
                    record.take(event)
                    yield event
        except BaseException as error:
            record.answer.fail(error)
            raise
        finally:
            if not isinstance(record.answer.error, Enclosed):
                lab.store.post(record.ended())

    return logged


class _Record:
    """The row of one call, as far as it is written."""

    def __init__(self, request: Request, lab: Lab) -> None:
        self.answer = Answer()
        self._request = request
        self._lab = lab
        self._opened = self._kept_at = perf_counter()
        self._kept = 0
        self._sent: float | None = None
        self._connected: Connected | None = None
        self._first: float | None = None
        endpoint = lab.endpoint(request.model)
        lab.store.post(store.call_opened(request, lab.store.process, endpoint.name, endpoint.source))

    def take(self, event: Event) -> None:
        self.answer.add(event)
        kind = type(event)
        if kind is Text or kind is Thinking:
            now = perf_counter()
            if self._first is None and event.text:
                self._first = now
            if (
                self.answer.characters - self._kept >= FLUSH_CHARACTERS
                or now - self._kept_at >= FLUSH_SECONDS
            ):
                self._kept, self._kept_at = self.answer.characters, now
                self._lab.store.post(store.call_partial(self._request.id, self.answer.text))
        elif kind is Sent:
            self._sent, self._connected = perf_counter(), None
            self._lab.store.post(store.call_sent(event.request, self._lab.price(event.request.model)))
        elif kind is Connected:
            self._connected = event
        elif kind is Started:
            self._lab.store.post(store.call_streaming(self._request.id, event))

    def ended(self) -> Write:
        answer, sent, now = self.answer, self._sent, perf_counter()
        if answer.reply:
            timing = answer.reply.timing
        elif sent is not None:
            first = self._first - sent if self._first else None
            timing = Timing(None, first, now - sent)
        else:
            timing = None
        waited = (sent or now) - self._opened
        return store.call_ended(self._request.id, answer, waited, timing, self._connected)
