"""The thread that writes: order, groups, failures."""

from __future__ import annotations

import asyncio
import threading
from itertools import count
from typing import Any

import pytest

from lab.errors import StoreError, StoreLocked
from lab.store import Connection, Store, Write, sqlite
from tests.store.notes import bad, held, note, notes
from tests.store.rows import post_all


def test_writes_keep_their_order_from_each_thread(store: Store) -> None:
    async def awaited() -> list[int]:
        return await asyncio.gather(*(store.commit(note(f"loop {number}")) for number in range(100)))

    def posted(name: str) -> None:
        for number in range(300):
            store.post(note(f"{name} {number}"))

    threads = [threading.Thread(target=posted, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    rowids = asyncio.run(awaited())
    for thread in threads:
        thread.join()
    store.flush()
    found = notes(store)
    assert len(found) == 1000
    for name, written in (("a", 300), ("b", 300), ("c", 300), ("loop", 100)):
        mine = [text for text in found if text.startswith(f"{name} ")]
        assert mine == [f"{name} {number}" for number in range(written)]
    assert [found[rowid - 1] for rowid in rowids] == [f"loop {number}" for number in range(100)]
    store.close()


def test_what_waits_is_committed_together(store: Store) -> None:
    statements: list[str] = []
    store.post(lambda connection: connection.set_trace_callback(statements.append))
    store.flush()
    with held(store):
        statements.clear()
        for number in range(200):
            store.post(note(str(number)))
    store.flush()
    assert len(notes(store)) == 200
    assert 1 <= statements.count("COMMIT") <= 3
    store.close()


def test_nothing_is_seen_before_its_group_is_whole(store: Store) -> None:
    """A write of several rows is all or nothing."""
    seen = []
    writing, looked = threading.Event(), threading.Event()

    def two(connection: Connection) -> None:
        note("first")(connection)
        writing.set()
        assert looked.wait(30)
        note("second")(connection)

    store.post(two)
    assert writing.wait(30)
    seen.append(notes(store))
    looked.set()
    store.flush()
    assert (seen, notes(store)) == ([[]], ["first", "second"])
    store.close()


def held_at(store: Store, write: Write, when: int, then: threading.Event | None = None) -> Write:
    """A write that finds the database held when it is tried for the `when`th time."""
    tries = count(1)

    def tried(connection: Connection) -> Any:
        if next(tries) == when:
            if then:
                then.set()
            other = sqlite.connect(store.path, wait=0)
            try:
                other.execute("BEGIN IMMEDIATE")  # the writer's own transaction holds it
            finally:
                other.close()
        return write(connection)

    return tried


def test_nothing_overtakes_what_waits(store: Store) -> None:
    tried = threading.Event()
    store.post(held_at(store, note("first"), 1, tried))
    assert tried.wait(30)
    store.post(note("second"))
    store.flush()
    assert notes(store) == ["first", "second"]
    store.close()


def test_nothing_overtakes_what_waits_when_they_are_written_one_by_one(store: Store) -> None:
    with held(store):  # so that all of them are one group
        post_all(store, note("one"), held_at(store, note("two"), 2), bad, note("three"))
    store.flush()
    assert notes(store) == ["one", "two", "three"]
    with pytest.raises(StoreError, match="NOT NULL"):
        store.close()


FAULTS = {
    "sql": (bad, "IntegrityError: NOT NULL constraint failed: notes.text"),
    "python": (lambda connection: 1 / 0, "ZeroDivisionError: division by zero"),
    "type": (lambda connection: connection.execute("SELECT ?", (object(),)), "Error binding parameter"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_write_is_alone_in_its_failure(store: Store, fault: str) -> None:
    write, reason = FAULTS[fault]
    with held(store):  # so that all of them are one group
        post_all(store, note("one"), write, note("two"), write, note("three"))
    store.flush()
    assert notes(store) == ["one", "two", "three"]
    with pytest.raises(StoreError) as raised:
        store.close()
    assert str(raised.value).startswith(f"A row could not be written to {store.path}: ")
    assert str(raised.value).count(reason) == 1  # said once, though it happened twice
    store.close()


def test_a_bad_write_that_is_awaited_says_so_to_its_caller_alone(store: Store) -> None:
    async def both() -> Any:
        return await asyncio.gather(
            store.commit(note("one")), store.commit(bad), store.commit(note("two")), return_exceptions=True
        )

    with held(store):
        thread = threading.Thread(target=lambda: results.extend(asyncio.run(both())))
        results: list[Any] = []
        thread.start()
    thread.join(30)
    assert [results[0], results[2]] == [1, 2]
    assert type(results[1]) is StoreError and "NOT NULL" in str(results[1])
    assert notes(store) == ["one", "two"]
    store.close()


def test_a_cancelled_write_is_not_made(store: Store) -> None:
    async def cancelled() -> None:
        waiting = asyncio.create_task(store.commit(note("cancelled")))
        store.post(note("after"))
        await asyncio.sleep(0)  # it is under way now
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    with held(store):
        asyncio.run(cancelled())
    store.flush()
    assert notes(store) == ["after"]
    store.close()


def test_an_awaited_write_gives_up_on_a_lock_and_a_posted_one_waits(store: Store) -> None:
    with held(store):
        for number in range(1500):
            store.post(note(str(number)))
        with pytest.raises(StoreLocked, match=r"lab\.db is held by another process"):
            asyncio.run(store.commit(note("awaited")))
        with pytest.raises(StoreLocked):
            store.flush()
    store.flush()
    assert notes(store) == [str(number) for number in range(1500)]
    store.close()


def test_nothing_is_written_to_a_file_that_is_gone(store: Store) -> None:
    store.path.rename(store.path.with_name("moved.db"))
    with pytest.raises(
        StoreError, match=rf"The database {store.path} was moved or deleted while the lab ran"
    ):
        asyncio.run(store.commit(note("lost")))
    with pytest.raises(StoreError, match="was moved or deleted"):
        store.read  # noqa: B018
    assert not store.path.exists()
    Store(store.path).close()  # another lab makes a new one in its place
    with pytest.raises(StoreError, match="was moved or deleted"):
        asyncio.run(store.commit(note("lost")))
    store.close()
