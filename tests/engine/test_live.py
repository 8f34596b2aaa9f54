"""Calls that go on by themselves: who may end them, and that nothing is lost when they end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab import store as tables
from lab.engine import Asked, Live, Lives, again, ask, build
from lab.errors import BadInput, CallError
from lab.store import Store
from lab.types import Caller, Event, Principal, Request, Text
from tests.engine.kit import ME, PLAIN, STARTED, answer, caller, lab_of, row

DEADLINE = 60.0
"""Seconds after which a test that waits for something gives up."""


class Silent:
    """A model that begins, says a word, and then nothing any more; it knows whether it was left."""

    def __init__(self) -> None:
        self.left = 0

    async def __call__(self, request: Request) -> AsyncGenerator[Event, None]:
        try:
            yield STARTED
            yield Text("Well")
            await asyncio.Event().wait()
        finally:
            self.left += 1


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Lives]]:
    """`opened(caller, grace=…)`: the lives of a lab whose model this is; closed in the end."""
    made = []

    def lives(model: Caller, grace: float = 1000.0) -> Lives:
        lab = lab_of(Store(tmp_path / f"{len(made)}.db"), model=PLAIN, grace=grace)
        made.append(Lives(lab, lambda lab, providers: build(lab, model)))
        return made[-1]

    yield lives
    for each in made:
        each.close()


def begin(lives: Lives, visitor: str | None = None, **asked: str) -> Live:
    return lives.start(ME, ask(lives.lab, ME, Asked("Why?", **asked)), visitor)


def until(live: Live, true: Callable[[], object]) -> None:
    """Wait for something that must come."""
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end, "it never came"
        live.wait(-1, 0.05)


def settled(lives: Lives) -> None:
    """Come back when the engine's thread has done what it was told so far."""
    lives.work("settled", lambda: asyncio.sleep(0)).result(DEADLINE)


def test_a_call_ends_with_its_row_on_the_disk(opened: Callable[..., Lives]) -> None:
    lives = opened(caller(*answer("Yes", ".")))
    live = begin(lives)
    until(live, lambda: live.ended)
    assert (live.answer.text, live.answer.state, live.error) == ("Yes.", "ok", None)
    found = tables.turns(lives.lab.store.read, ME, live.conversation, 9)
    assert [(one["id"], one["state"]) for one in found] == [(live.id, "ok")]
    assert lives.running(ME) == []


def test_stop_ends_a_silent_call_and_keeps_what_came(opened: Callable[..., Lives]) -> None:
    model = Silent()
    lives = opened(model)
    live = begin(lives)
    until(live, lambda: live.answer.text == "Well")
    lives.stop(live.id)
    until(live, lambda: live.ended)
    kept = row(lives.lab, live.request)
    assert model.left == 1 and kept["state"] == "cancelled" and live.error is None
    assert kept["answer"] == [{"type": "text", "text": "Well"}]
    lives.stop(live.id)


def test_stop_ends_the_wait_for_another_attempt(opened: Callable[..., Lives]) -> None:
    lives = opened(caller(CallError("Busy.", status=429, retry_after=19.0)))
    live = begin(lives)
    until(live, lambda: live.answer.note)
    assert live.answer.note.text == "rate limited, trying again in 19 s, attempt 2 of 3"
    lives.stop(live.id)
    until(live, lambda: live.ended)
    kept = row(lives.lab, live.request)
    assert (kept["state"], len(kept["attempts"])) == ("cancelled", 1)


def test_one_conversation_has_one_answer_at_a_time(opened: Callable[..., Lives]) -> None:
    lives = opened(Silent())
    first, other = begin(lives), begin(lives)
    until(first, lambda: first.answer.text)
    with pytest.raises(BadInput, match="still being answered"):
        begin(lives, conversation=first.conversation)
    assert lives.of(ME, first.conversation) is first
    assert {live.id for live in lives.running(ME)} == {first.id, other.id}
    assert lives.running(Principal("somebody else")) == []


def test_a_call_outlives_some_visitors_and_not_the_last(opened: Callable[..., Lives]) -> None:
    lives = opened(Silent(), grace=0.0)
    live = begin(lives, "tab 1")
    lives.hold("tab 2", live)
    lives.leave("tab 1")
    lives.leave("a tab that never was")
    settled(lives)
    assert not live.ended and lives.running(ME) == [live]
    lives.leave("tab 2")
    until(live, lambda: live.ended)
    assert row(lives.lab, live.request)["state"] == "cancelled"


def test_coming_back_in_time_keeps_the_call(opened: Callable[..., Lives]) -> None:
    lives = opened(Silent())
    live = begin(lives, "tab 1")
    until(live, lambda: live.answer.text)
    lives.leave("tab 1")
    settled(lives)
    assert live.grace is not None
    lives.hold("tab 2", live)
    settled(lives)
    assert live.grace is None and lives.running(ME) == [live]


def test_an_error_is_a_sentence(opened: Callable[..., Lives]) -> None:
    fault = CallError("The API is on fire. Wait.", status=400)
    lives = opened(caller(STARTED, Text("Well"), fault))
    live = begin(lives)
    until(live, lambda: live.ended)
    assert live.error == "The API is on fire. Wait."
    assert row(lives.lab, live.request)["state"] == "failed"


def test_the_same_request_can_be_made_again(opened: Callable[..., Lives]) -> None:
    lives = opened(caller(*answer("Yes")))
    first = begin(lives, system="Be brief.", effort=None, model=PLAIN)
    until(first, lambda: first.ended)
    request = again(lives.lab, ME, first.id)
    assert request.id != first.id and request.key() == first.request.key()
    assert request.origin == replace(first.request.origin, parent="", own=1)
    with pytest.raises(BadInput, match="There is no call"):
        again(lives.lab, ME, "t3y9")


def test_closing_writes_down_what_still_ran(opened: Callable[..., Lives], tmp_path: Path) -> None:
    model = Silent()
    lab = lab_of(Store(tmp_path / "lab.db"), model=PLAIN)
    lives = Lives(lab, lambda lab, providers: build(lab, model))
    live = begin(lives)
    until(live, lambda: live.answer.text)
    lives.close()
    reopened = Store(tmp_path / "lab.db")
    assert tables.call(reopened.read, ME, live.id)["state"] == "cancelled" and model.left == 1
    assert reopened.buried == 0
    reopened.close()


def test_longer_work_can_be_ended(opened: Callable[..., Lives]) -> None:
    lives = opened(Silent())
    future = lives.work("check", asyncio.Event().wait)
    assert lives.works("check")
    lives.end("check")
    lives.end("nothing")
    with pytest.raises(BaseException) as ended:  # noqa: B017, PT011 - concurrent.futures' own class for it
        future.result(DEADLINE)
    assert type(ended.value).__name__ == "CancelledError" and not lives.works("check")
