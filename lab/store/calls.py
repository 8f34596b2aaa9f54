"""Calls and their attempts: what is written, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lab.answer import Answer
from lab.errors import CallError
from lab.store.batching import UNSENT
from lab.store.branches import branched
from lab.store.budgets import Short, shortage
from lab.store.counted import TERMS
from lab.store.counting import OF_ATTEMPTS
from lab.store.indexing import indexed
from lab.store.replayable import replayable
from lab.store.sent import message_id
from lab.store.sqlite import Connection, as_json, insert, now, text_id, update
from lab.store.systems import system_id
from lab.store.writer import Write
from lab.types import NOTHING_BILLED, Connected, Cost, Message, Request, Started, Timing, Usage

SUMS = f"""
    UPDATE calls SET (cost, cost_floor, cost_upper, cost_basis) = (
        SELECT CASE WHEN count(*) = count(cost) THEN coalesce(sum(cost), 0) END,
               CASE WHEN count(*) = count(cost_floor) THEN coalesce(sum(cost_floor), 0) END,
               CASE WHEN count(*) = count(cost_upper) THEN coalesce(sum(cost_upper), 0) END,
               CASE WHEN total(cost_basis = 'estimate') > 0 THEN 'estimate'
                    WHEN total(cost_basis = 'usage') > 0 THEN 'usage' ELSE 'none' END
        FROM attempts WHERE call_id = calls.id
    ), ({", ".join(OF_ATTEMPTS)}) = (
        SELECT {", ".join(OF_ATTEMPTS.values())} FROM attempts WHERE call_id = calls.id
    ) WHERE id = ?
"""
"""A call costs what its attempts cost; where one of them is unknown, so is the sum."""


def call_opened(request: Request, process: str, endpoint: str, source: str) -> Write:
    """The call's row, before anything of its text may be kept."""
    origin = request.origin
    row = {
        "id": request.id,
        "process": process,
        "started_at": now(),
        "user": origin.user,
        "origin": origin.source,
        "conversation_id": origin.conversation,
        "prompt": origin.prompt,
        "version": origin.version,
        "run_id": origin.run,
        "case_id": origin.case,
        "variant": origin.variant,
        "repeat": origin.repeat,
        "endpoint": endpoint,
        "source": source,
        "model": request.model,
        "max_tokens": request.max_tokens,
        "state": "started",
    }
    return _call_added(row, origin.parent)


def call_sent(request: Request, price: str | None) -> Write:
    """What is about to leave the house, and the price list (JSON) that holds for it."""
    asked = {"model": request.model, "max_tokens": request.max_tokens, "key": request.key()}
    return _call_asked(request.id, asked, request.messages, request.system, dict(request.options), price)


def call_streaming(call: str, started: Started) -> Write:
    values = {
        "state": "streaming",
        "message_id": started.message_id or None,
        "request_id": started.request_id,
        "answered_by": started.model or None,
        "source": started.source,
        **_usage(started.usage),
    }
    return _call_changed(call, values)


def call_partial(call: str, text: str) -> Write:
    """What has arrived so far, so that a crash keeps what was shown."""
    return _call_changed(call, {"partial": text})


def call_ended(
    call: str,
    answer: Answer,
    waited: float | None,
    timing: Timing | None,
    connected: Connected | None = None,
) -> Write:
    """How the call ended. `waited`: seconds before the last attempt was sent; `connected`: over what it went,
    where these are known. Settle its attempts first."""
    values: dict[str, Any] = {
        "state": answer.state,
        "ended_at": now(),
        "partial": None,
        "waited_ms": _ms(waited),
    }
    if timing:
        values |= {"headers_ms": _ms(timing.headers), "first_token_ms": _ms(timing.first_token)}
        values["total_ms"] = _ms(timing.total)
    if connected:
        values["connection"] = "reused" if connected.reused else "new"
        values["connect_ms"] = _ms(connected.seconds)
    if reply := answer.reply:
        details = as_json(reply.stop_details) if reply.stop_details else None
        values |= _usage(reply.usage)
        values |= {"stop_reason": reply.stop_reason, "stop_sequence": reply.stop_sequence}
        values |= {"cache_miss": as_json(reply.cache_miss) if reply.cache_miss else None}
        values |= {"stop_details": details, "answered_by": reply.model or None}
        values["refused_in_words"] = 1 if answer.refused_in_words else None
    values |= _error(answer.error)
    return _call_closed(call, values, answer.content)


def attempt_started(call: str, worst_case: int | None, batched: bool = False) -> Write:
    """The attempt's row, with its cost reserved at the worst case. Gives the attempt's number, from 1; where
    the budget of its run has no room for it there is no row, and it gives how that stands. `batched`: it is
    sent when it was put into a batch, not before."""

    def write(connection: Connection) -> int | Short:
        if short := shortage(connection, call, worst_case):
            return short
        last = connection.execute("SELECT max(number) FROM attempts WHERE call_id = ?", (call,)).fetchone()[0]
        number = (last or 0) + 1
        row = {"call_id": call, "number": number, "started_at": now(), "state": "started"}
        row |= {"cost_floor": 0, "cost_upper": worst_case, "cost_basis": "estimate"}
        row |= {"batch_id": UNSENT} if batched else {}
        insert(connection, "attempts", row)
        return number

    return write


def attempt_streaming(call: str, number: int, started: Started, cost: Cost) -> Write:
    values = {"state": "streaming", "status": 200, "request_id": started.request_id}
    values |= _usage(started.usage) | _cost(cost)
    return _attempt_changed(call, number, values)


def attempt_ended(call: str, number: int, answer: Answer, cost: Cost, seconds: float | None) -> Write:
    """How the attempt ended, what it cost, and how long it took, where that is known."""
    values = {"state": answer.state, "ended_at": now(), "total_ms": _ms(seconds)} | _cost(cost)
    if answer.reply:
        values |= _usage(answer.reply.usage)
    if isinstance(answer.error, CallError):
        values |= {"status": answer.error.status, "retry_after": answer.error.retry_after}
    values |= _error(answer.error)
    return _attempt_changed(call, number, values)


def attempt_withdrawn(call: str) -> Write:
    """The attempt that was being written down when its caller left: it was never sent."""
    values = {"state": "cancelled", "ended_at": now()} | _cost(NOTHING_BILLED)
    return _attempts_unsent(call, values)


@replayable
def _call_added(connection: Connection, row: Mapping[str, Any], parent: str | None = None) -> None:
    insert(connection, "calls", row)
    if row["conversation_id"] is not None:
        branched(connection, row["conversation_id"], row["id"], parent)


@replayable
def _call_asked(
    connection: Connection,
    call: str,
    asked: Mapping[str, Any],
    messages: Sequence[Message],
    system: str | Sequence[Message],
    options: Mapping[str, Any],
    price: str | None,
) -> None:
    values = {
        **asked,
        "system_id": system_id(connection, system) if system else None,
        "message_ids": json.dumps([message_id(connection, message) for message in messages]),
        "options_id": text_id(connection, as_json(options)) if options else None,
        "price_id": text_id(connection, price) if price else None,
    }
    update(connection, "calls", {"id": call}, values)


@replayable
def _call_changed(connection: Connection, call: str, values: Mapping[str, Any]) -> None:
    update(connection, "calls", {"id": call}, values)


@replayable
def _call_closed(
    connection: Connection, call: str, values: Mapping[str, Any], content: Sequence[Mapping[str, Any]]
) -> None:
    answer = {"answer_id": text_id(connection, as_json(content))} if content else {}
    connection.execute(SUMS, (call,))  # first, so that it is counted once
    update(connection, "calls", {"id": call}, {**values, **answer})
    indexed(connection, call)


@replayable
def _attempt_changed(connection: Connection, call: str, number: int, values: Mapping[str, Any]) -> None:
    update(connection, "attempts", {"call_id": call, "number": number}, values)


@replayable
def _attempts_unsent(connection: Connection, call: str, values: Mapping[str, Any]) -> None:
    update(connection, "attempts", {"call_id": call, "state": "started"}, values)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)


def _usage(usage: Usage) -> dict[str, Any]:
    return {name: getattr(usage, name) for name in Usage.__slots__}


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "cost": cost.amount,
        "cost_floor": cost.floor,
        "cost_upper": cost.upper,
        "cost_basis": cost.basis,
        **dict(zip(TERMS, cost.terms or (None,) * len(TERMS), strict=True)),
    }


def _error(error: BaseException | None) -> dict[str, Any]:
    if not isinstance(error, Exception):  # none, or cancelled
        return {}
    kind = error.type if isinstance(error, CallError) and error.type else type(error).__name__
    request_id = {"request_id": error.request_id} if isinstance(error, CallError) and error.request_id else {}
    return {"error_type": kind, "error": str(error)} | request_id
