"""Whatever comes of a call's attempts, it has one end, and a bill that is the exact sum of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from hypothesis import given, settings
from hypothesis import strategies as st

from lab.engine import build
from lab.engine.layers.retry import ATTEMPTS
from lab.errors import BadKey, CallError
from lab.store import Store
from lab.types import OPEN_STATES, Done, Event, Note, Request, Sent, Text, Thinking
from tests.engine.kit import STARTED, Fast, done, lab_of, request, row

ERRORS = st.one_of(
    st.builds(
        CallError,
        st.just("It failed."),
        status=st.sampled_from([None, 200, 400, 401, 408, 413, 429, 500, 504, 529]),
        sent=st.booleans(),
        should_retry=st.sampled_from([None, True, False]),
        retry_after=st.sampled_from([None, 0.0001, 1e6]),
    ),
    st.sampled_from([BadKey("No key."), RuntimeError("a bug"), asyncio.CancelledError()]),
)
PIECES = st.lists(
    st.sampled_from([Text("a"), Text(""), Text("é€"), Thinking("hm"), Note("kind", "words")]), max_size=6
)


@st.composite
def attempts(draw: st.DrawFn) -> list[Event | BaseException]:
    """One attempt: it may begin, say something, and end well, or in an error at any point, or without one."""
    steps: list[Event | BaseException] = []
    if draw(st.booleans()):
        steps = [STARTED, *draw(PIECES)]
    end = draw(st.sampled_from(["done", "error", "error", "nothing"]))
    if end == "done":
        return [*(steps or [STARTED]), done("a", stop_reason=draw(st.sampled_from(["end_turn", "refusal"])))]
    return [*steps, *([draw(ERRORS)] if end == "error" else [])]


@settings(max_examples=150)
@given(script=st.lists(attempts(), min_size=ATTEMPTS, max_size=ATTEMPTS))
def test_any_attempts_end_in_one_state_and_add_up(
    script: list[list[Event | BaseException]], store: Store
) -> None:
    left, seen, raised = [list(steps) for steps in script], list[Event](), None
    lab, asked = lab_of(store), request()

    async def call(asked: Request) -> AsyncGenerator[Event, None]:
        for step in left.pop(0):
            if isinstance(step, BaseException):
                raise step
            yield step

    async def read() -> None:
        async with aclosing(build(lab, call)(asked)) as events:
            async for event in events:
                seen.append(event)

    with asyncio.Runner(loop_factory=Fast) as runner:  # the waits between attempts pass at once
        try:
            runner.run(read())
        except BaseException as error:
            raised = error
    found = row(lab, asked)
    made = found["attempts"]
    assert (found["state"] in ("ok", "refused")) == (raised is None) == (type(seen[-1]) is Done)
    assert [type(event) for event in seen].count(Done) == (raised is None)
    assert found["state"] == made[-1]["state"] and found["state"] not in OPEN_STATES
    assert {one["state"] for one in made[:-1]} <= {"failed"}
    assert len(made) == len(script) - len(left) == sum(type(event) is Sent for event in seen)
    assert sum(one["cost_basis"] != "none" for one in made) <= 1  # never billed twice
    for name in ("cost", "cost_floor", "cost_upper"):
        parts = [one[name] for one in made]
        assert found[name] == (None if None in parts else sum(parts))
    assert all(type(part) is int for one in made for part in (one["cost_floor"], one["cost_upper"]))
    assert found["cost_floor"] <= found["cost_upper"]
    if found["cost"] is not None:
        assert found["cost"] == found["cost_floor"] == found["cost_upper"]
