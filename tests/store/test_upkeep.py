"""What takes text out of the log says a sentence where it cannot, and loses nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab.errors import StoreError
from lab.store import Export, Forgetting, Pieces, Pruning, Wanted, compacted, first_id, pieces, sqlite
from lab.types import Principal
from tests.store.processes import fill
from tests.store.rows import answered, asked, opened, post_all, whole_call

ADMIN = Principal("root", "admin")
CALLS = 40
NOW = datetime.now(UTC)


def prune(work: Pieces) -> Iterator[object]:
    return Pruning(work, NOW, ()).go()


def forget(work: Pieces) -> Iterator[object]:
    return Forgetting(work, "ann").go()


WAYS = {"prune": prune, "forget": forget, "compact": compacted}


@pytest.fixture
def path(disk: Path) -> Path:
    """Old calls of one person, whose words take most of the disk."""
    with opened(disk / "lab.db") as base:
        for number in range(CALLS):
            id = first_id(NOW - timedelta(days=100, minutes=number))
            post_all(base, *whole_call(base, asked(id, text=f"Question {number}"), answered("word " * 1500)))
    return disk / "lab.db"


@contextmanager
def full(path: Path) -> Iterator[None]:
    filler = fill(path.parent)
    yield
    filler.unlink()


@contextmanager
def held(path: Path) -> Iterator[None]:
    with closing(sqlite.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    def mounted(way: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{way}", path.parent], check=True)

    mounted("ro")
    yield
    mounted("rw")


FAULTS = {
    "full": (full, "is full. Free some space|Make room and try again"),
    "held": (held, "is held by another process|Make room and try again"),
    "read only": (read_only, "cannot be used: Read-only file system"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_taken_out_stays_and_goes_the_next_time(path: Path, fault: str, way: str) -> None:
    broken, sentence = FAULTS[fault]
    with broken(path), pytest.raises(StoreError, match=sentence):
        done(path, WAYS[way])
    assert whole(path) == (CALLS, "ok")
    done(path, WAYS[way])
    assert whole(path) == (CALLS if way == "compact" else 0, "ok")


@pytest.mark.parametrize("fault", ["full", "held"])
def test_what_matches_is_given_out_while_nothing_can_be_written(path: Path, fault: str) -> None:
    """A lab has it open, as the app has: else a full disk has no room for SQLite's shared memory."""
    with opened(path) as base:
        assert base.read.execute("SELECT count(*) FROM calls").fetchone()[0] == CALLS
        with FAULTS[fault][0](path):
            given = [call for batch in Export(path, ADMIN, Wanted(user="ann")) for call in batch]
    assert [call["answer"][0]["text"][:9] for call in given] == ["word word"] * CALLS


def test_a_disk_that_cannot_be_written_gives_out_nothing_and_says_so(path: Path) -> None:
    with read_only(path), pytest.raises(StoreError, match="cannot be written: permission denied"):
        list(Export(path, ADMIN, Wanted()))


def done(path: Path, way: Callable[[Pieces], Iterator[object]]) -> None:
    with pieces(path, rest=0) as work:
        work.connection.execute("PRAGMA busy_timeout = 0")
        for _ in way(work):
            pass


def whole(path: Path) -> tuple[int, str]:
    """How many calls have their answer, and what SQLite says of the file."""
    with opened(path) as base:
        said = "SELECT count(*) FROM calls JOIN texts ON texts.id = answer_id WHERE user = 'ann'"
        return (
            base.read.execute(said).fetchone()[0],
            base.read.execute("PRAGMA integrity_check").fetchone()[0],
        )
