"""Writes that find the disk full wait elsewhere, and are made once, in order, when there is room."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import store
from lab.errors import StoreError
from lab.store import Store, Write, sqlite
from lab.types import Principal
from tests.store.processes import until
from tests.store.rows import answered, asked, opened, post_all, whole_call

pytestmark = pytest.mark.usefixtures("elsewhere")
ANN = Principal("ann")
LONG = "x" * 20_000


def spools(folder: Path) -> list[Path]:
    return sorted(folder.glob("lab-spool-*/*.jsonl"))


def fill(to: Store) -> Callable[[], None]:
    """From now on no page more than there are; until what this gives is called."""
    found: list[sqlite.Connection] = []
    to.post(found.append)
    to.flush()
    found[0].execute("PRAGMA max_page_count = 1")
    return lambda: found[0].execute("PRAGMA max_page_count = 1000000")


def begun(to: Store, number: int) -> list[Write]:
    """What is written of a call and its run before the model answers."""
    request = asked(f"c{number}", conversation="v", text=f"{number} {LONG}")
    return [
        store.conversation_opened("v", ANN),
        *whole_call(to, request)[:3],
        store.message_sent("v", request.messages[-1], request.id),
        store.run_opened(f"r{number}", to.process, ANN, "d", {"cases": 1}),
    ]


def finished(to: Store, number: int) -> list[Write]:
    """And what is written after that."""
    request = asked(f"c{number}", conversation="v", text=f"{number} {LONG}")
    content = [{"type": "text", "text": f"{LONG} \ud800 {number}"}]
    result = {"state": "ok", "passed": True, "grades": []}
    return [
        store.call_partial(request.id, LONG),
        *whole_call(to, request, answered(f"{number} {LONG}"))[3:],
        store.message_received("v", content, request.id),
        store.result_kept(f"r{number}", {"case_id": "1", "variant": "v", "repeat": 1}, request.id, result),
        store.run_ended(f"r{number}", "passed", {"sentence": "ok"}),
    ]


def post(to: Store, what: Callable[[Store, int], list[Write]], numbers: range) -> None:
    post_all(to, *(write for number in numbers for write in what(to, number)))


def left(to: Store) -> dict[str, list]:
    """All rows, without what tells when and by whom."""
    tables = ("calls", "attempts", "conversations", "messages", "results", "runs", "texts")
    rows = {name: [dict(row) for row in to.read.execute(f"SELECT * FROM {name}")] for name in tables}
    for each in (row for table in rows.values() for row in table):
        for name in [name for name in each if name.endswith("_at") or name == "process"]:
            each[name] = each[name] is not None
    assert to.read.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    return rows


@pytest.fixture
def expected(tmp_path: Path) -> dict[str, list]:
    """What four calls leave where there is room."""
    with opened(tmp_path / "roomy.db") as roomy:
        post(roomy, begun, range(4))
        post(roomy, finished, range(4))
        roomy.flush()
        return left(roomy)


@pytest.fixture
def begun_store(tmp_path: Path) -> Store:
    """One in which the four calls have begun."""
    found = Store(tmp_path / "lab.db", patience=0.3)
    post(found, begun, range(4))
    found.flush()
    return found


def test_no_row_is_lost_when_there_is_room_again(
    begun_store: Store, expected: dict[str, list], elsewhere: Path
) -> None:
    free = fill(begun_store)
    for numbers in (range(2), range(2, 3)):
        post(begun_store, finished, numbers)
        with pytest.raises(StoreError, match="is full"):
            begun_store.flush()
    (spool,) = spools(elsewhere)
    assert (spool.stat().st_mode & 0o777, spool.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [one["state"] for one in store.calls(begun_store.read, ANN, 9)] == ["started"] * 4  # reads go on
    free()
    until(lambda: not spool.exists())  # the writer looks by itself
    post(begun_store, finished, range(3, 4))
    begun_store.flush()
    assert left(begun_store) == expected
    begun_store.close()


def test_where_the_other_disk_is_full_too_writes_wait_in_memory(
    begun_store: Store, expected: dict[str, list], elsewhere: Path
) -> None:
    elsewhere.rmdir()
    elsewhere.touch()  # no folder can be made in it
    free = fill(begun_store)
    post(begun_store, finished, range(4))
    with pytest.raises(StoreError, match="is full"):
        begun_store.flush()
    free()
    begun_store.flush()
    assert left(begun_store) == expected
    begun_store.close()


@pytest.fixture
def spool(begun_store: Store, elsewhere: Path) -> Path:
    """What the four calls left whose process ended while the disk was full."""
    fill(begun_store)
    post(begun_store, finished, range(4))
    with pytest.raises(StoreError, match=r"is full.* wait in .*\.jsonl and are made at the next start"):
        begun_store.close()
    (found,) = spools(elsewhere)
    return found


def test_the_next_to_start_makes_them_exactly_once(
    spool: Path, begun_store: Store, expected: dict[str, list], tmp_path: Path
) -> None:
    shutil.copy2(spool, tmp_path / "copy")
    for _ in range(2):
        with opened(begun_store.path) as again:
            assert (again.buried, left(again), spool.exists()) == (0, expected, False)
        shutil.copy2(tmp_path / "copy", spool)  # as if that process had been killed before it was taken away
    with opened(tmp_path / "another.db") as other:
        assert store.calls(other.read, ANN, 9) == [] and spool.exists()


def test_a_line_that_cannot_be_made_costs_no_other(
    spool: Path, begun_store: Store, expected: dict[str, list]
) -> None:
    lines = spool.read_text().splitlines(keepends=True)
    wrong = ["no JSON\n", '["os_system", "x"]\n', '["_call_added", {"id": "c0"}]\n', '["_said"]\n']
    spool.write_text("".join([*lines[:3], *wrong, *lines[3:], lines[0].rstrip()[:-9]]))  # the end was cut
    with opened(begun_store.path) as again:
        assert (again.buried, left(again)) == (0, expected)
        (row,) = again.read.execute("SELECT file, writes, lost FROM spools")
        assert tuple(row) == (spool.name, len(lines) + len(wrong), len(wrong))


@pytest.mark.parametrize("theirs", ["file", "folder"])
def test_what_others_may_have_written_is_not_made(theirs: str, spool: Path, begun_store: Store) -> None:
    (spool if theirs == "file" else spool.parent).chmod(0o777)
    with opened(begun_store.path) as again:
        assert again.buried == 4 and spool.exists()
        assert [one["state"] for one in store.calls(again.read, ANN, 9)] == ["unknown"] * 4
