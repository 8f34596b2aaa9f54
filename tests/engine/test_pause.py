"""New calls that are paused are not made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lab import store as rooms
from lab.engine import Lab, build
from lab.engine.layers.pause import turn_away
from lab.errors import Paused
from lab.models import Endpoint
from lab.store import Store, Write
from lab.types import Event, Origin, Principal, Request
from tests.engine.kit import PLAIN, answer, caller, collect, lab_of, request, row

ANA = Principal("ana")
HOUR = timedelta(hours=1)
SAID = r"paused since .* by ana: wrong prices\..* Nothing was sent\. To resume: lab"


@pytest.fixture(autouse=True)
def all_resumed(store: Store) -> Iterator[None]:
    yield
    for each in rooms.pauses(store.read):
        done(store, rooms.resumed(each.prompt, each.version, ANA))


def done(store: Store, write: Write) -> None:
    store.post(write)
    store.flush()


def pause(
    store: Store, prompt: str | None = None, version: int | None = None, hours: int | None = None
) -> None:
    until = None if hours is None else datetime.now(UTC) + hours * HOUR
    done(store, rooms.paused(prompt, version, ANA, "wrong prices", until))


def with_prompt(prompt: str | None, version: int | None) -> Request:
    return request(origin=Origin("api", "me", prompt=prompt, version=version))


@pytest.mark.parametrize(
    ("paused", "prompt", "version", "held"),
    [
        ((None, None), None, None, True),
        ((None, None), "support", 2, True),
        (("support", None), "support", 2, True),
        (("support", None), "support", None, True),
        (("support", None), None, None, False),
        (("support", None), "support-2", 2, False),
        (("support", 2), "support", 2, True),
        (("support", 2), "support", 3, False),
        (("support", 2), "support", None, False),
        ((None, None, -1), None, None, False),
        ((None, None, 1), None, None, True),
    ],
)
def test_which_calls_a_pause_holds(
    lab: Lab, paused: tuple, prompt: str | None, version: int | None, held: bool
) -> None:
    pause(lab.store, *paused)
    sent: list[Request] = []

    async def dispatch(asked: Request) -> AsyncGenerator[Event, None]:
        sent.append(asked)
        for event in answer("Up."):
            yield event

    asked = with_prompt(prompt, version)
    if not held:
        asyncio.run(collect(build(lab, dispatch), asked))
        assert len(sent) == 1
        return
    with pytest.raises(
        Paused, match=r"paused since .* by ana: wrong prices\..* Nothing was sent\. To resume: lab"
    ):
        asyncio.run(collect(build(lab, dispatch), asked))
    kept = row(lab, asked)
    assert not sent and not kept["attempts"]
    assert (kept["state"], kept["error_type"], kept["cost"], kept["cost_basis"]) == (
        "blocked",
        "paused",
        0,
        "none",
    )


def test_a_call_under_way_comes_to_its_end_and_the_next_one_waits_for_resuming(lab: Lab) -> None:
    async def dispatch(asked: Request) -> AsyncGenerator[Event, None]:
        started, *rest = answer("Up.")
        yield started
        pause(lab.store)
        for event in rest:
            yield event

    call = build(lab, dispatch)
    assert asyncio.run(collect(call, request()))[-1].reply.stop_reason == "end_turn"
    with pytest.raises(Paused):
        asyncio.run(collect(call, request()))
    done(lab.store, rooms.resumed(None, None, ANA))
    asyncio.run(collect(call, request()))


def test_another_process_pauses_too(lab: Lab) -> None:
    other = Store(lab.store.path)
    pause(other)
    other.close()
    with pytest.raises(Paused):
        asyncio.run(collect(build(lab, caller(*answer("Up."))), request()))


def test_what_is_replayed_asks_nobody(store: Store) -> None:
    replaying = lab_of(store, Endpoint("recordings", "", source="replay"), model=PLAIN)
    pause(store)
    turn_away(replaying, request())


def test_a_pause_of_the_same_takes_the_place_of_the_one_before(lab: Lab) -> None:
    pause(lab.store, "support")
    done(lab.store, rooms.paused("support", None, replace(ANA, user="ben"), None, None))
    pause(lab.store, "support", 2)
    assert [(each.ref, each.user) for each in rooms.pauses(lab.store.read)] == [
        ("support", "ben"),
        ("support@2", "ana"),
    ]


def test_a_call_that_is_turned_away_before_it_begins_is_in_the_log(lab: Lab) -> None:
    pause(lab.store)
    asked = request(origin=Origin("chat", "me", conversation="not-there-yet"))
    with pytest.raises(Paused):
        turn_away(lab, asked)
    kept = row(lab, asked)
    assert (kept["state"], kept["conversation_id"]) == ("blocked", None)
