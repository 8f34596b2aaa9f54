"""The disk is full."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from lab.errors import StoreError
from lab.store import Store, call, calls, check, plain_text
from lab.types import Done, Event, Principal, Sent, Text, new_id
from tests.bench._bench import stats
from tests.store.processes import calling, engine_at, fill, process, question, until

pytestmark = pytest.mark.usefixtures("elsewhere")
ANN = Principal("ann")


async def until_text(events: AsyncGenerator[Event, None]) -> None:
    while type(await anext(events)) is not Text:
        pass


@pytest.mark.parametrize("read_before", [False, True])
def test_no_row_no_call(disk: Path, url: str, read_before: bool) -> None:
    store = Store(disk / "lab.db")
    if read_before:  # then SQLite has its shared memory, and runs out of disk later
        assert check(store.read) is None
    requests = stats(url)["requests"]

    async def ask() -> None:
        async with engine_at(store, url) as engine, aclosing(engine(question("c", "x" * 9000))) as events:
            with pytest.raises(
                StoreError, match=rf"The disk that holds {store.path} is full\..* Nothing was sent\."
            ):
                async for event in events:
                    assert type(event) is Sent

    filler = fill(disk)
    asyncio.run(ask())
    assert stats(url)["requests"] == requests
    if read_before:
        assert check(store.read) is None
        assert calls(store.read, ANN, 5) == []
    filler.unlink()
    store.close()
    again = Store(store.path)
    assert (check(again.read), call(again.read, ANN, "c")["state"]) == (None, "failed")
    again.close()


@pytest.mark.parametrize("freed", [False, True])
def test_a_stream_reaches_its_end_while_the_disk_is_full(disk: Path, url: str, freed: bool) -> None:
    store = Store(disk / "lab.db", patience=0.5)
    request = question(new_id(), "[[words 300]] q")

    async def ask() -> Path:
        async with engine_at(store, url) as engine, aclosing(engine(request)) as events:
            await until_text(events)
            store.flush()
            filler = fill(disk)
            rest = [event async for event in events]
        assert type(rest[-1]) is Done
        assert sum(type(event) is Text for event in rest) == 299
        return filler

    filler = asyncio.run(ask())
    with pytest.raises(StoreError, match="is full"):
        store.flush()
    if freed:
        filler.unlink()
        store.close()
    else:
        with pytest.raises(StoreError, match=rf"{store.path} is full\..* are made at the next start"):
            store.close()
        fill(disk)
        with pytest.raises(StoreError, match=f"The disk that holds {store.path} is full"):
            Store(store.path)
        filler.unlink()
    again = Store(store.path)
    found = call(again.read, ANN, request.id)
    assert (again.buried, found["state"], found["cost_basis"]) == (0, "ok", "usage")
    assert len(plain_text(found["answer"]).split()) == 300
    assert check(again.read) is None
    again.close()


def test_what_a_killed_lab_could_not_write_is_written_at_the_next_start(
    disk: Path, url: str, elsewhere: Path
) -> None:
    database, request = disk / "lab.db", question(new_id(), "[[words 300]] q")
    Store(database).close()
    with process(calling, database, url, request, 1, True, str(elsewhere)) as lab:
        lab.until("Text")
        until(lambda: call(Store(database).read, ANN, request.id)["state"] == "streaming")
        filler = fill(disk)
        lab.tell("go on")
        lab.until("Done")
        until(lambda: any("_call_closed" in file.read_text() for file in elsewhere.glob("*/*.jsonl")))
        lab.kill()
    filler.unlink()
    again = Store(database)
    found = call(again.read, ANN, request.id)
    assert (again.buried, found["state"], found["cost_basis"]) == (0, "ok", "usage")
    assert [attempt["state"] for attempt in found["attempts"]] == ["ok"]
    assert len(plain_text(found["answer"]).split()) == 300
    assert again.read.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    again.close()
