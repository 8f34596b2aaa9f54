"""No row, no call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator

import pytest

from lab import store as rows
from lab.engine import build
from lab.engine.layers.ledger import ledger
from lab.errors import BadKey, LabError, StoreError
from lab.store import Store
from lab.types import Done, Event, Request, Sent, Started
from tests.engine.kit import ME, STARTED, answer, caller, collect, done, lab_of, request, row


class Line:
    """A Caller that counts how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, asked: Request) -> AsyncGenerator[Event, None]:
        self.calls += 1
        for event in answer("a"):
            yield event


def test_what_cannot_be_written_is_not_sent(store: Store) -> None:
    line = Line()
    with pytest.raises(StoreError, match="Nothing was sent"):  # an attempt without its call's row
        asyncio.run(collect(ledger(line, lab_of(store)), request()))
    assert line.calls == 0


def test_a_call_cancelled_while_its_row_is_written_was_never_sent(store: Store) -> None:
    line, lab, asked = Line(), lab_of(store), request()
    let_go = threading.Event()

    async def cancel() -> None:
        events = build(lab, line)(asked)
        assert type(await anext(events)) is Sent
        store.post(lambda connection: let_go.wait())  # the disk takes its time
        task = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        let_go.set()

    asyncio.run(cancel())
    call = row(lab, asked)
    assert line.calls == 0
    assert call["state"] == "cancelled"
    assert all((a["state"], a["cost"]) == ("cancelled", 0) for a in call["attempts"])
    assert call["cost_upper"] == 0


def test_the_row_is_there_before_the_first_byte_with_the_most_it_may_cost(store: Store) -> None:
    lab, asked, seen = lab_of(store), request(), []

    async def look(asked: Request) -> AsyncGenerator[Event, None]:
        seen.append(rows.call(store.read, ME, asked.id))
        for event in answer("a"):
            yield event

    asyncio.run(collect(build(lab, look), asked))
    (attempt,) = seen[0]["attempts"]
    assert (attempt["state"], attempt["cost_basis"], attempt["cost_floor"]) == ("started", "estimate", 0)
    assert attempt["cost_upper"] > 0


@pytest.mark.parametrize("error", [BadKey("No key."), LabError("The simulated Claude did not start.")])
def test_what_never_left_the_lab_costs_nothing(error: LabError, store: Store) -> None:
    lab, asked = lab_of(store), request()
    with pytest.raises(LabError):
        asyncio.run(collect(build(lab, caller(error)), asked))
    call = row(lab, asked)
    assert (call["state"], call["cost_basis"], call["cost_upper"]) == ("failed", "none", 0)


def test_the_replys_cost_is_settled_before_anybody_sees_it(store: Store) -> None:
    *_, end = asyncio.run(collect(build(lab_of(store), caller(*answer("a"))), request()))
    assert end.reply.cost.basis == "usage"
    assert end.reply.cost.amount > 0


def test_an_unseen_refusal_is_free(store: Store) -> None:
    lab, asked = lab_of(store), request()
    asyncio.run(collect(build(lab, caller(STARTED, done(stop_reason="refusal"))), asked))
    call = row(lab, asked)
    assert (call["state"], call["cost"], call["cost_basis"]) == ("refused", 0, "none")


def test_an_answer_complete_before_the_reader_leaves_stays_so(store: Store) -> None:
    lab, asked = lab_of(store), request()

    async def leave() -> None:
        events = build(lab, caller(*answer("a")))(asked)
        while type(await anext(events)) is not Done:
            pass
        await events.aclose()

    asyncio.run(leave())
    call = row(lab, asked)
    assert (call["state"], call["cost_basis"], call["attempts"][0]["state"]) == ("ok", "usage", "ok")


def test_what_was_reserved_shrinks_when_the_model_begins(store: Store) -> None:
    lab, asked = lab_of(store), request()

    async def look() -> tuple[dict, dict]:
        events = build(lab, caller(*answer("a")))(asked)
        await anext(events)
        while type(await anext(events)) is not Started:
            pass
        begun = row(lab, asked)["attempts"][0]
        async for _ in events:
            pass
        return begun, row(lab, asked)["attempts"][0]

    begun, ended = asyncio.run(look())
    assert (begun["state"], begun["status"], begun["cost_basis"]) == ("streaming", 200, "estimate")
    assert 0 < begun["cost_floor"] < ended["cost"] < begun["cost_upper"]
