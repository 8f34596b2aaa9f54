"""What is sent again, and what never is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.engine import build
from lab.engine.layers.retry import ATTEMPTS, backoff, may_repeat
from lab.errors import BadKey, CallError
from lab.store import Store
from lab.types import Caller, Event, Note, Request
from tests.engine.kit import STARTED, answer, collect, lab_of, request, row

SOON = 0.001


def error(status: int | None, *, retry_after: float | None = SOON, **fields: Any) -> CallError:
    return CallError("It failed.", status=status, type="some_error", retry_after=retry_after, **fields)


def scripted(*attempts: BaseException | None) -> Caller:
    """A Caller that fails so, attempt by attempt; None is a whole answer."""
    left = list(attempts)

    async def call(asked: Request) -> AsyncGenerator[Event, None]:
        failure = left.pop(0)
        if failure is not None:
            raise failure
        for event in answer("a", "b"):
            yield event

    return call


def made(store: Store, *attempts: BaseException | None, **settings: Any) -> tuple[dict, list[Event], Any]:
    """The call's row, its events up to where it ended, and what it raised."""
    lab, asked, events, raised = lab_of(store, **settings), request(), [], None

    async def read() -> None:
        async with aclosing(build(lab, scripted(*attempts))(asked)) as found:
            async for event in found:
                events.append(event)

    try:
        asyncio.run(read())
    except Exception as error:
        raised = error
    return row(lab, asked), events, raised


@pytest.mark.parametrize(
    ("failure", "again"),
    [
        *[(error(status), True) for status in (408, 409, 429, 500, 502, 503, 529)],
        *[(error(status, retry_after=None), True) for status in (408, 409, 500, 502, 503, 529)],
        *[(error(status), False) for status in (200, 302, 400, 401, 402, 403, 404, 413, 422, 501, 504)],
        (error(429, retry_after=None), False),
        (error(429, retry_after=0.0), True),
        (error(None, sent=False), True),
        (error(None), False),
        *[(error(status, should_retry=True), True) for status in (400, 418, 429, 501)],
        *[(error(status, should_retry=False), False) for status in (408, 429, 500, 529)],
        *[(error(status, should_retry=True), False) for status in (None, 200, 504)],
    ],
    ids=lambda value: (
        f"{value.status}-{value.retry_after}-{value.should_retry}-{value.sent}"
        if isinstance(value, CallError)
        else ""
    ),
)
def test_only_a_plain_refusal_to_serve_may_be_repeated(failure: CallError, again: bool) -> None:
    assert may_repeat(failure) is again


FAILED, OK = ("failed", "none"), ("ok", "usage")


@pytest.mark.parametrize(
    ("attempts", "left", "state", "basis"),
    [
        ([None], [OK], "ok", "usage"),
        ([error(529), None], [FAILED, OK], "ok", "usage"),
        ([error(429), error(None, sent=False), None], [FAILED, FAILED, OK], "ok", "usage"),
        ([error(529)] * ATTEMPTS, [FAILED] * ATTEMPTS, "failed", "none"),
        ([error(None, sent=False)] * ATTEMPTS, [FAILED] * ATTEMPTS, "failed", "none"),
        ([error(401), None], [FAILED], "failed", "none"),
        ([error(429, retry_after=None), None], [FAILED], "failed", "none"),
        ([error(None), None], [("unknown", "estimate")], "unknown", "estimate"),
        ([error(504), None], [("unknown", "estimate")], "unknown", "estimate"),
        ([error(529), error(None), None], [FAILED, ("unknown", "estimate")], "unknown", "estimate"),
        ([error(200), None], [("failed", "estimate")], "failed", "estimate"),
        ([BadKey("No key."), None], [FAILED], "failed", "none"),
        ([RuntimeError("a bug"), None], [("failed", "estimate")], "failed", "estimate"),
    ],
)
def test_every_attempt_has_its_row(
    attempts: list, left: list[tuple[str, str]], state: str, basis: str, store: Store
) -> None:
    call, _, raised = made(store, *attempts)
    assert [(attempt["state"], attempt["cost_basis"]) for attempt in call["attempts"]] == left
    assert [attempt["number"] for attempt in call["attempts"]] == list(range(1, len(left) + 1))
    assert (call["state"], call["cost_basis"]) == (state, basis)
    assert raised is (None if state == "ok" else attempts[len(left) - 1])
    assert basis != "none" or call["cost"] == call["cost_floor"] == call["cost_upper"] == 0
    assert basis != "estimate" or call["cost"] is None and call["cost_floor"] <= call["cost_upper"]


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (error(429, retry_after=0.04), "rate limited"),
        (error(529, retry_after=0.06), "the API is overloaded"),
        (error(503, retry_after=0.04), "the API failed"),
        (error(None, sent=False, retry_after=0.04), "no connection"),
    ],
)
def test_the_wait_is_told(failure: CallError, why: str, store: Store) -> None:
    _, events, _ = made(store, failure, failure, None)
    notes = [event for event in events if type(event) is Note]
    seconds = "0" if failure.retry_after < 0.05 else "0.1"
    kind = {429: "rate limited", 529: "overloaded"}.get(failure.status, "retry")
    assert notes == [
        Note(kind, f"{why}, trying again in {seconds} s, attempt {number} of 3") for number in (2, 3)
    ]


@pytest.mark.parametrize(("longest", "attempts"), [(0, 1), (29.9, 1), (30, 2)])
def test_a_wait_longer_than_the_lab_waits_is_handed_over(longest: float, attempts: int, store: Store) -> None:
    lab, asked = lab_of(store, longest_wait=longest), request()

    async def ask() -> None:
        events = build(lab, scripted(error(429, retry_after=30, request_id="req_9"), error(401)))(asked)
        async with aclosing(events):
            async for event in events:
                if type(event) is Note:
                    return

    if attempts == 1:
        with pytest.raises(
            CallError, match=r"It failed\. It asks to wait 30 s, longer than .* \(longest_wait, in checks"
        ) as e:
            asyncio.run(ask())
        found = e.value
        assert (found.status, found.type, found.request_id, found.retry_after) == (
            429,
            "some_error",
            "req_9",
            30,
        )
    else:
        asyncio.run(ask())
    assert len(row(lab, asked)["attempts"]) == 1


def test_what_never_left_is_not_unknown_when_its_wait_is_handed_over(store: Store) -> None:
    call, _, _ = made(store, error(None, sent=False, retry_after=30), longest_wait=1)
    assert (call["state"], call["cost"]) == (call["attempts"][0]["state"], 0) == ("failed", 0)


def test_no_connection_is_tried_again_however_short_the_longest_wait(store: Store) -> None:
    call, _, _ = made(store, error(None, sent=False, retry_after=None), None, longest_wait=0)
    assert (call["state"], len(call["attempts"])) == ("ok", 2)


@pytest.mark.parametrize("how", ["cancelled", "closed"])
def test_leaving_during_the_wait_ends_it(how: str, store: Store) -> None:
    lab, asked = lab_of(store, longest_wait=1e6), request()

    async def leave() -> None:
        events = build(lab, scripted(error(529, retry_after=1e5), None))(asked)
        while type(await anext(events)) is not Note:
            pass
        if how == "cancelled":
            task = asyncio.create_task(anext(events))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
        else:
            await events.aclose()

    asyncio.run(leave())
    call = row(lab, asked)
    assert [attempt["state"] for attempt in call["attempts"]] == ["failed"]
    assert (call["state"], call["error"], call["cost"]) == ("cancelled", None, 0)


def test_nothing_is_repeated_once_the_answer_began(store: Store) -> None:
    async def begins_and_fails(asked: Request) -> AsyncGenerator[Event, None]:
        yield STARTED
        raise error(200)

    lab, asked = lab_of(store), request()
    with pytest.raises(CallError):
        asyncio.run(collect(build(lab, begins_and_fails), asked))
    call = row(lab, asked)
    assert [(attempt["state"], attempt["status"]) for attempt in call["attempts"]] == [("failed", 200)]


@given(st.integers(1, ATTEMPTS - 1))
def test_waits_double_from_half_a_second_less_up_to_a_quarter(attempt: int) -> None:
    most = 0.5 * 2 ** (attempt - 1)
    assert 0.75 * most <= backoff(attempt) <= most
