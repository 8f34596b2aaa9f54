"""Another process holds the database."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from lab.errors import StoreLocked
from lab.store import Store, call, call_opened
from lab.types import Done, Principal, Sent, Text, new_id
from tests.bench._bench import stats
from tests.store.processes import engine_at, holding, process, question

ANN = Principal("ann")


def test_a_stream_goes_on_and_a_new_call_is_not_sent(tmp_path: Path, url: str) -> None:
    store = Store(tmp_path / "lab.db", patience=0.3)
    begun, refused = question(new_id(), "[[words 600]] begun"), question(new_id(), "refused")

    async def both() -> None:
        async with engine_at(store, url) as ask:
            async with aclosing(ask(begun)) as events:
                while type(await anext(events)) is not Text:
                    pass
                other.tell("hold it")
                assert await asyncio.to_thread(other.hear) == "held"
                rest = [event async for event in events]
            assert type(rest[-1]) is Done
            requests = stats(url)["requests"]
            with pytest.raises(StoreLocked, match=r"lab\.db is held by another process.* Nothing was sent\."):
                async with aclosing(ask(refused)) as events:
                    assert type(await anext(events)) is Sent
                    await anext(events)
            assert stats(url)["requests"] == requests

    with process(holding, store.path) as other:
        assert other.hear() == "ready"
        asyncio.run(both())
        assert call(store.read, ANN, begun.id)["state"] in (
            "started",
            "streaming",
        )  # it is held to this moment
        other.tell("let go")
        assert other.hear() == "free"
        store.flush()
        found = call(store.read, ANN, begun.id)
        assert (found["state"], found["cost_basis"], found["output_tokens"]) == ("ok", "usage", 600)
        assert [(one["state"], one["status"]) for one in found["attempts"]] == [("ok", 200)]
        assert found["cost"] == found["attempts"][0]["cost"] > 0
        never = call(store.read, ANN, refused.id)
        assert (never["state"], never["error_type"], never["attempts"]) == ("failed", "StoreLocked", [])
        assert never["cost"] == 0
        store.close()


def test_a_call_that_is_cancelled_while_its_row_waits_is_not_sent(tmp_path: Path, url: str) -> None:
    store = Store(tmp_path / "lab.db")
    request = question(new_id(), "cancelled")

    async def cancelled() -> None:
        async with engine_at(store, url) as ask:
            sent = asyncio.Event()

            async def make() -> None:
                async with aclosing(ask(request)) as events:
                    async for _ in events:
                        sent.set()

            task = asyncio.create_task(make())
            await sent.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    requests = stats(url)["requests"]
    with process(holding, store.path) as other:
        other.until("ready")
        other.tell("hold it")
        other.until("held")
        asyncio.run(cancelled())
        other.tell("let go")
        other.until("free")
    store.flush()
    found = call(store.read, ANN, request.id)
    assert (found["state"], found["cost"], found["cost_upper"]) == ("cancelled", 0, 0)
    assert all(attempt["state"] == "cancelled" for attempt in found["attempts"])
    assert stats(url)["requests"] == requests
    store.close()


def test_opening_while_held_leaves_the_dead_to_the_next_start(tmp_path: Path) -> None:
    store = Store(tmp_path / "lab.db")
    store.post(call_opened(question("c", "never sent"), "gone", "anthropic", "api"))
    store.close()
    with process(holding, store.path) as other:
        other.until("ready")
        other.tell("hold it")
        other.until("held")
        held = Store(store.path, patience=0.05)
        assert held.buried == 0
        assert call(held.read, ANN, "c")["state"] == "started"
        held.close()
        other.tell("let go")
        other.until("free")
    free = Store(store.path)
    assert free.buried == 1
    assert call(free.read, ANN, "c")["state"] == "cancelled"
    free.close()
