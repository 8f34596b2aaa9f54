"""Rows without an engine: a call as it is written from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab import store
from lab.answer import Answer
from lab.store import Store, Write
from lab.types import Cost, Done, Reply, Request, Started, Text, Timing, Usage
from tests.store.processes import question

PAID = Cost(70, 70, 70, "usage")
STARTED = Started("msg_1", "req_1", "claude-sonnet-4-6", Usage(input_tokens=5), {}, "simulated")


@contextmanager
def opened(path: Path, **options: Any) -> Iterator[Store]:
    """A store that is closed at the end."""
    found = Store(path, **options)
    yield found
    found.close()


def answered(text: str = "Up.") -> Answer:
    """A complete answer."""
    usage, timing = Usage(input_tokens=5, output_tokens=2), Timing(0.1, 0.2, 0.3)
    reply = Reply(
        "msg_1",
        "req_1",
        ({"type": "text", "text": text},),
        "m",
        "end_turn",
        None,
        None,
        usage,
        timing,
        "simulated",
    )
    answer = Answer()
    for event in (STARTED, Text(text), Done(reply)):
        answer.add(event)
    return answer


def whole_call(to: Store, request: Request, answer: Answer | None = None, cost: Cost = PAID) -> list[Write]:
    """All the writes of one call with one attempt."""
    answer = answer or answered()
    return [
        store.call_opened(request, to.process, "anthropic", "api"),
        store.call_sent(request, None),
        store.attempt_started(request.id, 100),
        store.call_streaming(request.id, STARTED),
        store.attempt_streaming(request.id, 1, STARTED, Cost(None, 10, 90, "estimate")),
        store.attempt_ended(request.id, 1, answer, cost, 0.3),
        store.call_ended(request.id, answer, 0.0, Timing(0.1, 0.2, 0.3)),
    ]


def asked(id: str, user: str = "ann", conversation: str | None = None, **fields: Any) -> Request:
    """A question by somebody."""
    request = question(id, fields.pop("text", "Which way?"))
    return replace(request, origin=replace(request.origin, user=user, conversation=conversation), **fields)


def post_all(to: Store, *writes: Write) -> None:
    for write in writes:
        to.post(write)


def refused(write: Callable[[], Any], kind: type[Exception]) -> str:
    """What is said where something is refused."""
    try:
        write()
    except kind as error:
        return str(error)
    raise AssertionError("it was not refused")
