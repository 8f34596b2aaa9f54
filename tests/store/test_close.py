"""The end of a store, of what was given to it, and of a thread that read."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from lab.errors import StoreError, StoreLocked
from lab.store import Connection, Store, call, call_opened, calls, sqlite
from lab.types import Principal
from tests.store.notes import held, note
from tests.store.rows import asked, opened, post_all, whole_call

ADMIN = Principal("root", "admin")


@pytest.mark.parametrize("posted", [1, 1500])
def test_closing_gives_up_on_a_lock(store: Store, posted: int) -> None:
    locks = store.path.with_name("lab.db-locks")
    awaited: list[BaseException] = []

    async def closed_meanwhile() -> None:
        waiting = asyncio.create_task(store.commit(note("awaited")))
        await asyncio.sleep(0)
        with pytest.raises(StoreError) as raised:
            await asyncio.to_thread(store.close)
        assert str(raised.value).startswith(f"The database {store.path} is held by another process.")
        assert f"The last writes, {posted}" in str(raised.value)
        assert "the calls concerned are listed as unknown at the next start." in str(raised.value)
        [found] = await asyncio.gather(waiting, return_exceptions=True)
        awaited.append(found)

    with held(store):
        for number in range(posted):
            store.post(note(str(number)))
        asyncio.run(closed_meanwhile())
    assert type(awaited[0]) is StoreLocked
    assert [file.name for file in locks.iterdir()] == ["schema"]
    store.close()  # a second time it has nothing to say


def test_a_call_that_close_could_not_finish_is_unknown_at_the_next_start(tmp_path: Path) -> None:
    store = Store(tmp_path / "lab.db", patience=0.3)
    *begun, attempt_ended, call_ended = whole_call(store, asked("c"))
    post_all(store, *begun)
    store.flush()
    with held(store):
        post_all(store, attempt_ended, call_ended)
        with pytest.raises(StoreError, match="listed as unknown"):
            store.close()
    with opened(store.path) as again:
        assert again.buried == 1
        assert call(again.read, ADMIN, "c")["state"] == "unknown"


@pytest.mark.parametrize("written", [False, True])
def test_a_closed_store_says_so(tmp_path: Path, written: bool) -> None:
    store = Store(tmp_path / "lab.db")
    if written:
        store.post(call_opened(asked("c"), store.process, "anthropic", "api"))
    store.close()
    store.close()
    for use in (
        lambda: store.post(note("late")),
        lambda: asyncio.run(store.commit(note("late"))),
        lambda: store.read,
    ):
        with pytest.raises(StoreError, match=rf"The database {store.path} is closed\."):
            use()


def test_closing_writes_what_was_posted(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        for number in range(300):
            post_all(store, *whole_call(store, asked(f"{number:03}")))
    with opened(tmp_path / "lab.db") as again:
        assert again.buried == 0
        assert [row["state"] for row in calls(again.read, ADMIN, 1000)] == ["ok"] * 300


def test_a_store_that_only_read_leaves_no_lock(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        assert calls(store.read, ADMIN, 5) == []
        store.flush()
        assert [file.name for file in store.path.with_name("lab.db-locks").iterdir()] == ["schema"]


def test_each_thread_reads_by_a_connection_of_its_own_that_ends_with_it(store: Store) -> None:
    found: list[Connection] = []

    def read() -> None:
        connection = store.read
        assert store.read is connection
        found.append(id(connection))

    def descriptors() -> int:
        return len(os.listdir("/dev/fd"))

    mine, before = store.read, descriptors()
    for _ in range(50):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    assert id(mine) not in found
    assert descriptors() < before + 10  # SQLite itself keeps one or two to use again
    with pytest.raises(sqlite.Error, match="readonly"):
        mine.execute("DELETE FROM notes")
    store.close()


def test_closing_does_not_pull_a_connection_from_under_its_reader(store: Store) -> None:
    store.post(note("read"))
    store.flush()
    reading, closed, found = threading.Event(), threading.Event(), []

    def read() -> None:
        rows = store.read.execute("SELECT text FROM notes UNION ALL SELECT 'more'")
        found.append(next(rows)[0])
        reading.set()
        assert closed.wait(30)
        found.extend(text for (text,) in rows)

    thread = threading.Thread(target=read)
    thread.start()
    assert reading.wait(30)
    store.close()
    closed.set()
    thread.join()
    assert found == ["read", "more"]
