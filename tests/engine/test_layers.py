"""What holds for every layer, found by looking into their folder."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from lab.engine import LIST, Lab, layers
from lab.store import Store
from lab.types import Caller, Done, Event, Note, Request, Sent, Text, Thinking
from tests.engine.kit import STARTED, answer, caller, collect, done, lab_of, request

NAMES = sorted(
    file.stem for file in Path(layers.__file__).parent.glob("*.py") if not file.stem.startswith("_")
)


def wrapped(name: str, call: Caller, lab: Lab) -> Caller:
    """A Caller in one layer, and in `log` where it is another: there is no attempt without its call's row."""
    named = {layer.__name__: layer for layer in LIST}
    inside = named[name](call, lab)
    return inside if name == "log" else named["log"](inside, lab)


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_is_a_function_of_its_files_name_once_in_the_list(name: str) -> None:
    layer = getattr(import_module(f"lab.engine.layers.{name}"), name)
    assert LIST.count(layer) == 1


def test_the_list_holds_nothing_else() -> None:
    assert sorted(layer.__name__ for layer in LIST) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_events_pass_through_unchanged_and_in_order(name: str, store: Store) -> None:
    lab = lab_of(store)
    inner = [STARTED, Thinking("hm"), Text("a"), Note("kind", "words"), Text(""), Text("b"), done("a", "b")]
    outer = asyncio.run(collect(wrapped(name, caller(*inner), lab), request()))
    *seen, end = [event for event in outer if type(event) is not Sent]
    assert seen == inner[:-1]
    assert replace(end.reply, cost=None) == inner[-1].reply


@pytest.mark.parametrize("name", NAMES)
def test_an_exception_passes_through_as_it_is(name: str, store: Store) -> None:
    error = RuntimeError("a bug")
    with pytest.raises(RuntimeError) as caught:
        asyncio.run(collect(wrapped(name, caller(STARTED, error), lab_of(store)), request()))
    assert caught.value is error


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", ["cancelled", "closed", "left by an error", "forgotten"])
def test_leaving_in_the_middle_runs_the_inner_finally(name: str, how: str, store: Store) -> None:
    ended: list[type[BaseException]] = []
    reached, left = asyncio.Event(), asyncio.Event()

    async def endless(asked: Request) -> AsyncGenerator[Event, None]:
        try:
            yield STARTED
            yield Text("a")
            await asyncio.Event().wait()
        except BaseException as error:
            ended.append(type(error))
            left.set()
            raise

    async def read(events: AsyncGenerator[Event, None]) -> None:
        async for event in events:
            if type(event) is Text:
                reached.set()
                if how == "left by an error":
                    raise ZeroDivisionError
                if how != "cancelled":
                    return

    async def leave() -> None:
        if how != "forgotten":  # the loop would close what is only dropped
            sys.set_asyncgen_hooks(finalizer=lambda events: None)
        events = wrapped(name, endless, lab_of(store))(request())
        task = asyncio.create_task(read(events))
        await reached.wait()
        if how == "cancelled":
            task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() == (how == "cancelled")
        assert how != "left by an error" or type(task.exception()) is ZeroDivisionError
        if how != "forgotten":
            await events.aclose()
            assert ended
        del events, task
        await asyncio.wait_for(left.wait(), 10)

    asyncio.run(leave())
    assert ended == [asyncio.CancelledError if how == "cancelled" else GeneratorExit]


def test_a_whole_answer_goes_through_all_of_them(store: Store) -> None:
    from lab.engine import build

    events = asyncio.run(collect(build(lab_of(store), caller(*answer("a", "b"))), request()))
    assert [type(event) for event in events] == [Sent, type(STARTED), Text, Text, Done]
