"""How long a call may take. The clock is the loop's, and jumps: every second below is exact."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from lab.engine.layers.deadline import deadline, may_think
from lab.errors import CallError
from lab.store import Store
from lab.types import Caller, Event, Note, Request, Text, Thinking
from tests.engine.kit import CATALOGUE, PLAIN, STARTED, THINKER, Fast, done, lab_of, request

NEVER = 10.0**9
TEXT, HIDDEN, NOTE, DONE = Text("a"), Thinking(""), Note("kind", "words"), done("a")
Outcome = tuple[float, str | None, str | None]
"""When it ended, by the loop's clock, and the error's type and state."""


def paced(*steps: tuple[float, Event]) -> Caller:
    """A Caller that gives each event after so many seconds."""

    async def call(asked: Request) -> AsyncGenerator[Event, None]:
        for seconds, event in steps:
            await asyncio.sleep(seconds)
            yield event

    return call


def outcome(
    store: Store, *steps: tuple[float, Event], reader: float = 0, model: str = PLAIN, **more: Any
) -> Outcome:
    """How it goes when the reader takes so many seconds for each event."""

    async def read() -> Outcome:
        call = deadline(paced(*steps), lab_of(store, **more.pop("settings", {})))
        clock = asyncio.get_running_loop().time
        try:
            async for _ in call(request(model=model, **more)):
                await asyncio.sleep(reader)
        except CallError as error:
            return round(clock(), 6), error.type, error.state
        return round(clock(), 6), None, None

    with asyncio.Runner(loop_factory=Fast) as runner:
        return runner.run(read())


START, END = (0, STARTED), (0, DONE)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(59, STARTED), (0, TEXT), END], (59, None, None)),
        ([(NEVER, STARTED)], (60, "timeout", "unknown")),
        ([(59, STARTED), (NEVER, TEXT)], (60, "timeout", "stalled")),
        ([START, (59, TEXT), (29, TEXT), (29, DONE)], (117, None, None)),
        ([START, (59, TEXT), (NEVER, TEXT)], (89, "timeout", "stalled")),
        ([START, (0, TEXT), (29, TEXT), (NEVER, DONE)], (59, "timeout", "stalled")),
        ([START, (0, TEXT), (29, NOTE), (NEVER, TEXT)], (30, "timeout", "stalled")),
        ([START, (0, HIDDEN), (29, HIDDEN), (29, TEXT), END], (58, None, None)),
        ([START, *[(29, TEXT)] * 100], (900, "total_timeout", "stalled")),
    ],
)
def test_a_model_that_does_not_think(steps: list, expected: Outcome, store: Store) -> None:
    assert outcome(store, *steps) == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(179, STARTED), (0, TEXT), (179, TEXT), END], (358, None, None)),
        ([START, (NEVER, TEXT)], (180, "timeout", "stalled")),
        ([START, (0, TEXT), (NEVER, TEXT)], (180, "timeout", "stalled")),
    ],
)
def test_a_model_that_may_be_thinking_has_longer(steps: list, expected: Outcome, store: Store) -> None:
    assert outcome(store, *steps, model=THINKER) == expected
    thinks = {"options": {"thinking": {"type": "enabled", "budget_tokens": 1024}}}
    assert outcome(store, *steps, **thinks) == expected


@pytest.mark.parametrize(
    ("model", "options", "thinks"),
    [
        (PLAIN, {}, False),
        (PLAIN, {"thinking": {"type": "enabled"}}, True),
        (THINKER, {}, True),
        (THINKER, {"thinking": {"type": "adaptive"}}, True),
        ("claude-sonnet-5-5", {"thinking": {"type": "between_tools"}}, True),
        ("claude-sonnet-5", {"thinking": {"type": "disabled"}}, False),
        ("claude-opus-4-8", {}, False),
    ],
)
def test_when_a_model_may_think(model: str, options: dict, thinks: bool) -> None:
    assert may_think(CATALOGUE[model], request(model=model, options=options)) is thinks


@pytest.mark.parametrize("reader", [0, 1, 29, 31, 59, 200])
def test_a_slow_reader_is_not_the_models_silence(reader: float, store: Store) -> None:
    steps = [(50, STARTED), (9, TEXT), (29, TEXT), (29, TEXT), (29, DONE)]
    assert outcome(store, *steps, reader=reader, settings={"total_timeout": NEVER})[1:] == (None, None)


@pytest.mark.parametrize("reader", [0, 1, 29, 31, 59, 200])
def test_the_model_gets_no_more_time_by_a_slow_reader(reader: float, store: Store) -> None:
    endless = {"settings": {"total_timeout": NEVER}}
    assert outcome(store, (50, STARTED), (NEVER, TEXT), reader=reader, **endless)[0] == 60 + reader
    assert outcome(store, START, (9, TEXT), (NEVER, TEXT), reader=reader, **endless)[0] == 39 + 2 * reader


def test_the_limit_for_the_whole_call_includes_the_reader_but_never_interrupts_him(store: Store) -> None:
    assert outcome(store, START, (1, TEXT), (NEVER, TEXT), reader=500) == (1001, "total_timeout", "stalled")


@pytest.mark.parametrize(
    ("settings", "steps", "words"),
    [
        ({}, [(NEVER, STARTED)], "gave no answer within 60 s. It may have been billed"),
        ({}, [START, (NEVER, TEXT)], "fell silent for 60 s; what arrived is kept"),
        ({}, [START, (0, TEXT), (NEVER, TEXT)], "fell silent for 30 s; what arrived is kept"),
        ({"total_timeout": 20}, [START, (NEVER, TEXT)], "took longer than 20 s in all; what arrived is kept"),
        ({"total_timeout": 20}, [(NEVER, STARTED)], "gave no answer within 20 s. It may have been billed"),
        ({"silence_timeout": 0.5}, [START, (0, TEXT), (NEVER, TEXT)], "fell silent for 0.5 s"),
    ],
)
def test_the_sentence_names_the_model_and_the_limit(
    settings: dict, steps: list, words: str, store: Store
) -> None:
    async def read() -> None:
        async for _ in deadline(paced(*steps), lab_of(store, **settings))(request()):
            pass

    with asyncio.Runner(loop_factory=Fast) as runner, pytest.raises(CallError, match=f"^{PLAIN} {words}"):
        runner.run(read())


@pytest.mark.parametrize("apart", [-1e-10, 1e-10])
def test_somebody_elses_cancel_wins_where_both_come_at_once(apart: float, store: Store) -> None:
    async def both() -> bool:
        loop = asyncio.get_running_loop()

        async def read() -> None:
            async for _ in deadline(paced(START, (NEVER, TEXT)), lab_of(store))(request()):
                pass

        task = asyncio.create_task(read())
        loop.call_at(60 + apart, task.cancel)
        await asyncio.wait([task])
        assert loop.time() == pytest.approx(60)
        return task.cancelled()

    with asyncio.Runner(loop_factory=Fast) as runner:
        assert runner.run(both())


def test_an_outer_timeout_at_the_same_moment_is_the_outer_ones(store: Store) -> None:
    async def both() -> None:
        async with asyncio.timeout(60):
            async for _ in deadline(paced(START, (NEVER, TEXT)), lab_of(store))(request()):
                pass

    with asyncio.Runner(loop_factory=Fast) as runner, pytest.raises(TimeoutError):
        runner.run(both())


def test_a_call_made_while_a_task_is_being_cancelled_still_has_its_deadline(store: Store) -> None:
    """Cleaning up after a cancel, a task counts as cancelled; its calls end as others do."""

    async def last_words() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            async for _ in deadline(paced((NEVER, STARTED)), lab_of(store))(request()):
                pass

    async def cancel() -> BaseException | None:
        task = asyncio.create_task(last_words())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task.exception()

    with asyncio.Runner(loop_factory=Fast) as runner:
        error = runner.run(cancel())
    assert isinstance(error, CallError)
    assert error.type == "timeout"


def test_no_timer_is_left_when_the_call_is_over(store: Store) -> None:
    async def read() -> list[asyncio.TimerHandle]:
        async for _ in deadline(paced(START, (0, TEXT), END), lab_of(store))(request()):
            pass
        await asyncio.sleep(0)
        return [timer for timer in asyncio.get_running_loop()._scheduled if not timer.cancelled()]

    with asyncio.Runner(loop_factory=Fast) as runner:
        assert runner.run(read()) == []
