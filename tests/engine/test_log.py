"""The row of a call: who asked, what was sent, what came back, and how long it took."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest

from lab.engine import build
from lab.engine.layers.log import FLUSH_CHARACTERS
from lab.errors import BadInput, CallError
from lab.store import Store
from lab.types import Connected, Event, Note, Origin, Request, Sent, Text
from tests.engine.kit import PLAIN, STARTED, answer, caller, collect, done, lab_of, request, row


def test_a_row_says_who_asked_what_and_what_came_back(store: Store) -> None:
    origin = Origin("check", "me", prompt="support", version=3, run="run", case="case")
    options = {"metadata": {"user_id": "u"}}
    lab, asked = lab_of(store), request("Up?", system="Be brief.", options=options, origin=origin)
    asyncio.run(collect(build(lab, caller(*answer("Y", "es"))), asked))
    call = row(lab, asked)
    assert call["request"] == json.loads(json.dumps(asked.body()))
    assert call["answer"] == [{"type": "text", "text": "Yes"}]
    assert (call["user"], call["origin"], call["prompt"], call["version"]) == ("me", "check", "support", 3)
    assert (call["run_id"], call["case_id"], call["conversation_id"]) == ("run", "case", None)
    assert (call["model"], call["answered_by"], call["endpoint"], call["source"]) == (
        PLAIN,
        PLAIN,
        "test",
        "api",
    )
    assert (call["message_id"], call["request_id"], call["stop_reason"]) == ("msg_1", "req_1", "end_turn")
    assert (call["headers_ms"], call["first_token_ms"], call["total_ms"]) == (100, 200, 300)
    assert call["price"]["input"] == "1"
    assert (call["error"], call["partial"]) == (None, None)


@pytest.mark.parametrize("much", [FLUSH_CHARACTERS - 1, FLUSH_CHARACTERS])
def test_what_was_shown_is_kept_every_so_often_should_the_lab_crash(much: int, store: Store) -> None:
    lab, asked = lab_of(store), request()

    async def look() -> str | None:
        events = build(lab, caller(STARTED, Text("x" * much), Text("y"), done("x")))(asked)
        while await anext(events) != Text("x" * much):
            pass
        found = row(lab, asked)
        await events.aclose()
        assert found["state"] == "streaming"
        return found["partial"]

    assert asyncio.run(look()) == ("x" * much if much >= FLUSH_CHARACTERS else None)
    assert row(lab, asked)["partial"] is None
    assert row(lab, asked)["answer"] == [{"type": "text", "text": "x" * much}]


def test_waiting_for_another_attempt_is_told_apart(store: Store) -> None:
    left = [CallError("Busy.", status=529, retry_after=0.1)]

    async def busy_once(asked: Request) -> AsyncGenerator[Event, None]:
        if left:
            raise left.pop()
        for event in answer("a"):
            yield event

    lab, asked = lab_of(store), request()
    asyncio.run(collect(build(lab, busy_once), asked))
    call = row(lab, asked)
    assert call["waited_ms"] > 50
    assert call["total_ms"] == 300  # the reply's own


NEW, REUSED = Connected(False, 0.0351), Connected(True, 0.00004)


@pytest.mark.parametrize(
    ("steps", "connection", "connect"),
    [
        ([NEW, *answer("a")], "new", 35.1),
        ([REUSED, *answer("a")], "reused", 0.0),
        (answer("a"), None, None),
        ([REUSED, CallError("No answer.")], "reused", 0.0),
        ([CallError("Not there.", sent=False)], None, None),
    ],
)
def test_a_row_tells_the_connection(
    steps: list, connection: str | None, connect: float | None, store: Store
) -> None:
    left = [caller(REUSED, CallError("Busy.", status=529, retry_after=0.001))]
    last = caller(*steps)
    lab, asked = lab_of(store), request()
    with suppress(CallError):
        asyncio.run(collect(build(lab, lambda one: (left.pop() if left else last)(one)), asked))
    call = row(lab, asked)
    assert (call["connection"], call["connect_ms"]) == (connection, connect)
    assert len(call["attempts"]) > 1


@pytest.mark.parametrize("seen", [Sent, Note])
def test_a_call_left_before_anything_came_is_cancelled(seen: type, store: Store) -> None:
    lab, asked = lab_of(store), request()

    async def leave() -> None:
        events = build(lab, caller(CallError("Busy.", status=529, retry_after=0.001)))(asked)
        while type(await anext(events)) is not seen:
            pass
        await events.aclose()

    asyncio.run(leave())
    call = row(lab, asked)
    assert (call["state"], call["cost"], call["answer"]) == ("cancelled", 0, None)
    assert len(call["attempts"]) == (seen is Note)


def test_a_model_that_nobody_knows_leaves_no_row(store: Store) -> None:
    lab, asked = lab_of(store), request(model="nobody")
    with pytest.raises(BadInput, match="No model 'nobody'"):
        asyncio.run(collect(build(lab, caller(*answer("a"))), asked))
    store.flush()
    assert store.read.execute("SELECT count(*) FROM calls WHERE id = ?", (asked.id,)).fetchone()[0] == 0
