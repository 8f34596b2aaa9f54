"""Calls wait for their turn by the rate-limit headers, on a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lab import sim
from lab.engine import Lab, build
from lab.engine.layers.pace import pace
from lab.errors import CallError
from lab.models import Endpoint
from lab.providers import Providers
from lab.store import Store
from lab.types import Event, Note, Request, Usage
from tests.engine.kit import PLAIN, STARTED, THINKER, Fast, collect, done, lab_of, request, row


def headers(kind: str, limit: int, left: int, reset: float | None = None, by: str = "ratelimit") -> dict:
    """`reset`: so many seconds from when they are sent (see `stamped`)."""
    name = f"anthropic-{by}-{kind}"
    found = {f"{name}-limit": str(limit), f"{name}-remaining": str(left)}
    return found if reset is None else found | {f"{name}-reset": str(reset)}


def stamped(limits: Mapping[str, str]) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        name: (now + timedelta(seconds=float(value))).isoformat() if name.endswith("-reset") else value
        for name, value in limits.items()
    }


class Api:
    """Answers at once with these headers, one set after the other, the last ones for ever."""

    def __init__(self, *answers: Mapping[str, str] | CallError, tokens: int = 10) -> None:
        self.answers, self.tokens = list(answers), tokens
        self.at: list[float] = []

    async def __call__(self, asked: Request) -> AsyncGenerator[Event, None]:
        self.at.append(asyncio.get_running_loop().time())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, CallError):
            raise answer
        yield STARTED._replace(limits=stamped(answer), usage=Usage(input_tokens=self.tokens))
        yield done("x")


def jumping(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=Fast) as runner:
        return runner.run(work)


async def in_turn(lab: Lab, api: Api, *requests: Request) -> list[list[Event | BaseException]]:
    """One after the other."""
    call = pace(api, lab)
    found = []
    for each in requests:
        try:
            found.append(await collect(call, each))
        except CallError as error:
            found.append([error])
    return found


ROOM = headers("requests", 60, 50)


@pytest.mark.parametrize(
    ("first", "waited"),
    [
        ({}, 0),
        (ROOM, 0),
        (headers("requests", 60, 1), 0),
        (headers("requests", 60, 0), 1),
        (headers("requests", 6, 0), 10),
        (headers("requests", 60, 0, reset=120), 2),  # it takes two minutes, so two seconds for one
        (headers("requests", 60, 0, reset=-50), 1),  # a clock that goes wrong
        (headers("input-tokens", 6000, 0), 1),  # a call takes 100
        (headers("input-tokens", 60, 0), 60),  # more than there can be: all there is
        (ROOM | headers("output-tokens", 60, 0), 1),
        (headers("requests", 60, 0, by="fast"), 0),
        ({"anthropic-ratelimit-requests-limit": "0", "anthropic-ratelimit-requests-remaining": "x"}, 0),
    ],
)
def test_what_is_left_tells_when_the_next_may_leave(
    first: Mapping[str, str], waited: float, store: Store
) -> None:
    api, lab = Api(first, ROOM, tokens=100), lab_of(store)
    _, events, again = jumping(in_turn(lab, api, request(), request(), request()))
    assert api.at == pytest.approx([0, waited, waited], rel=0.02)
    notes = [event for event in events if type(event) is Note]
    said = f"waiting about {waited} s for the rate limit of {PLAIN}"
    assert notes == ([Note("pace", said)] if waited else [])
    assert type(again[0]) is not Note


def test_the_fast_lane_and_other_models_have_limits_of_their_own(store: Store) -> None:
    used = headers("requests", 6, 0) | headers("requests", 6, 0, by="fast")
    api, fast = Api(used), {"options": {"speed": "fast"}}
    others = request(**fast), request(model=THINKER)
    jumping(in_turn(lab_of(store), api, request(), *others))
    assert api.at == [0, 0, 0]
    api = Api(used)
    jumping(in_turn(lab_of(store), api, request(**fast), request(**fast)))
    assert api.at == pytest.approx([0, 10])


def refusal(status: int, retry_after: float | None = None, **limits: Any) -> CallError:
    return CallError("No.", status=status, retry_after=retry_after, **limits)


@pytest.mark.parametrize(
    ("error", "waited"),
    [
        (refusal(429, 7), 7),
        (refusal(529, 7), 7),
        (refusal(429, 21), 0),  # longer than longest_wait
        (refusal(429), 0),
        (refusal(503, 7), 0),
        (refusal(429, limits=headers("requests", 12, 0)), 5),
        (refusal(429, 3, limits=headers("requests", 12, 0)), 5),
    ],
)
def test_after_a_refusal_all_wait_as_long_as_it_says(error: CallError, waited: float, store: Store) -> None:
    api = Api(error, ROOM)
    jumping(in_turn(lab_of(store), api, request(), request()))
    assert api.at == pytest.approx([0, waited])


def test_the_first_to_come_is_the_first_to_go_at_the_pace_that_is_left(store: Store) -> None:
    lab = lab_of(store)
    api = Api(headers("requests", 60, 0))
    order: list[int] = []

    async def one(call: Any, number: int) -> None:
        await collect(call, request())
        order.append(number)

    async def many() -> None:
        call = pace(api, lab)
        await collect(call, request())
        api.answers = [{}]  # nothing new is told
        await asyncio.gather(*(one(call, number) for number in range(5)))

    jumping(many())
    assert api.at == pytest.approx([0, 1, 2, 3, 4, 5]) and order == [0, 1, 2, 3, 4]


def test_whoever_leaves_the_queue_holds_nobody_up(store: Store) -> None:
    lab, api = lab_of(store), Api(headers("requests", 60, 0))

    async def leave() -> None:
        call = pace(api, lab)
        await collect(call, request())
        waiting = [asyncio.create_task(collect(call, request())) for _ in range(3)]
        await asyncio.sleep(0.5)
        waiting[0].cancel()
        waiting[1].cancel()
        await asyncio.wait(waiting)

    jumping(leave())
    assert api.at == pytest.approx([0, 1])


def test_the_wait_is_ours_and_not_the_models(store: Store) -> None:
    lab, asked = lab_of(store), request()
    call = build(lab, Api(headers("requests", 60, 0), ROOM))

    async def wait() -> None:
        await collect(call, request())
        async with aclosing(call(asked)) as events:
            kinds = [type(event) async for event in events]
        assert kinds[0] is Note  # before anything is sent

    asyncio.run(wait())
    assert row(lab, asked)["waited_ms"] > 900


def test_where_a_simulated_server_would_refuse_nothing_is_sent(store: Store) -> None:
    """It lets eight in, and its clock stands still."""

    async def many() -> Any:
        server = await sim.serve(speed=0, limits={"requests": 8}, clock=lambda: 0.0)
        lab = lab_of(store, Endpoint("test", server.url))
        providers = Providers(lab.settings)
        try:
            call = build(lab, providers.of(lab.home))
            for _ in range(8):
                await collect(call, request())
            async with aclosing(call(request())) as events:
                return await anext(events), server.stats.json()
        finally:
            await providers.close()
            await server.close()

    note, stats = asyncio.run(many())
    assert (note.kind, stats["requests"]) == ("pace", 8)
