"""Opening a database: the first time, by many at once, and where it cannot be."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from lab.errors import StoreError
from lab.store import Store, call_opened, calls
from lab.types import Principal, new_id
from tests.store.processes import BOUND, FORK, process, several
from tests.store.rows import asked, opened, post_all, refused, whole_call

ADMIN = Principal("root", "admin")
PROCESSES, THREADS = 6, 6


def starting(pipe: Connection, path: Path, together: Barrier) -> None:
    """Opens the store in six threads at the same moment as other processes; each writes a call."""
    os.umask(0)
    starts = threading.Barrier(THREADS + 1)

    def start() -> Store:
        starts.wait(BOUND)
        store = Store(path)
        post_all(store, *whole_call(store, asked(new_id())))
        store.flush()
        assert calls(store.read, ADMIN, 1)
        return store

    with ThreadPoolExecutor(THREADS) as pool:
        started = [pool.submit(start) for _ in range(THREADS)]
        together.wait(BOUND)
        starts.wait(BOUND)
        stores = [one.result() for one in started]
    pipe.send("written")
    pipe.recv()
    for store in stores:
        store.close()
    pipe.send("closed")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_first_starts_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "lab.db"
    with several(PROCESSES, starting, path, FORK.Barrier(PROCESSES)) as labs:
        for lab in labs:
            assert lab.hear() == "written"
        files = {file.name: mode(file) for file in path.parent.iterdir() if file.is_file()}
        assert files == {"lab.db": 0o600, "lab.db-wal": 0o600, "lab.db-shm": 0o600}
        locks = path.with_name("lab.db-locks")
        assert [mode(folder) for folder in (path.parents[1], path.parent, locks)] == [0o700] * 3
        assert {mode(file) for file in locks.iterdir()} == {0o600}
        assert len(list(locks.iterdir())) == PROCESSES * THREADS + 1
        for lab in labs:
            lab.tell("close")
        for lab in labs:
            assert lab.hear() == "closed"
    with opened(path) as store, opened(tmp_path / "alone.db") as alone:
        rows = calls(store.read, ADMIN, 100)
        assert [row["state"] for row in rows] == ["ok"] * PROCESSES * THREADS
        assert store.buried == 0
        schema = "SELECT sql FROM sqlite_master ORDER BY name"
        assert [*map(tuple, store.read.execute(schema))] == [*map(tuple, alone.read.execute(schema))]
        assert [file.name for file in locks.iterdir()] == ["schema"]


def database_of(path: Path, *statements: str) -> Path:
    """A database made by somebody else."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return path


def newer(path: Path) -> Path:
    Store(path).close()
    return database_of(path, "PRAGMA user_version = 99")


def text(path: Path) -> Path:
    path.write_text("This is a text, and longer than the header of a database. " * 20)
    return path


def damaged(path: Path) -> Path:
    Store(path).close()
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 200)
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


UNUSABLE: list[tuple[Callable[[Path], Path], str]] = [
    (
        lambda path: database_of(path, "CREATE TABLE t (x)"),
        "is the database of another program. Name another",
    ),
    (lambda path: database_of(path, "PRAGMA application_id = 7"), "is the database of another program"),
    (lambda path: database_of(path, "PRAGMA user_version = 7"), "is the database of another program"),
    (newer, "was made by a newer lab (schema 99, this lab knows"),
    (text, "is not a SQLite database. Name another file with LAB_DB."),
    (damaged, "is damaged. Restore a copy"),
    (folder, "is a folder. Name a file in it with LAB_DB."),
    (lambda path: text(path) / "lab.db", "cannot be used: File exists"),
]


@pytest.mark.parametrize(("made", "sentence"), UNUSABLE)
def test_what_cannot_be_opened_is_named_and_left_alone(
    tmp_path: Path, made: Callable[[Path], Path], sentence: str
) -> None:
    path = made(tmp_path / "some.db")
    before = path.read_bytes() if path.is_file() else None
    said = refused(lambda: Store(path), StoreError)
    assert str(path) in said and sentence in said
    assert before is None or path.read_bytes() == before


def opening(pipe: Connection, path: Path) -> None:
    """What somebody without rights is told when they open a database and write to it."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    try:
        store = Store(path)
        store.post(call_opened(asked("c"), store.process, "anthropic", "api"))
        store.flush()
        store.close()
        pipe.send("opened")
    except StoreError as error:
        pipe.send(str(error))


@pytest.mark.parametrize(
    ("file", "directory"), [(0o000, 0o777), (0o444, 0o777), (0o666, 0o000), (0o666, 0o555)]
)
def test_without_permission(file: int, directory: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "folder" / "lab.db"
        os.chmod(name, 0o755)
        Store(path).close()
        locks = path.with_name("lab.db-locks")
        for one, bits in ((locks / "schema", 0o666), (locks, 0o777), (path, file), (path.parent, directory)):
            one.chmod(bits)
        with process(opening, path) as somebody:
            said = somebody.hear()
        path.parent.chmod(0o700)
    assert said.startswith(f"The database {path} cannot be written: permission denied. Give yourself")


def test_somebody_with_permission(tmp_path: Path) -> None:
    """The same as above, with nothing in the way: so that it is the permission that is missing there."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "folder" / "lab.db"
        os.chmod(name, 0o755)
        Store(path).close()
        locks = path.with_name("lab.db-locks")
        for one, bits in ((locks / "schema", 0o666), (locks, 0o777), (path, 0o666), (path.parent, 0o777)):
            one.chmod(bits)
        with process(opening, path) as somebody:
            assert somebody.hear() == "opened"


def test_one_database_by_two_names_has_one_set_of_locks(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "lab.db")
    with opened(tmp_path / "lab.db") as live:
        live.post(call_opened(asked("c"), live.process, "anthropic", "api"))
        live.flush()
        with opened(tmp_path / "link.db") as other:
            assert other.buried == 0
        with opened(tmp_path / "." / ".." / tmp_path.name / "lab.db") as other:
            assert other.buried == 0


def test_a_relative_path_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with opened(Path("lab.db")) as store:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        post_all(store, *whole_call(store, asked("c")))
        store.flush()
        assert len(calls(store.read, ADMIN, 5)) == 1
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["a b#c?d%20.db", "ünï·コ.db", "'; DROP TABLE calls; --.db"])
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    with opened(tmp_path / name) as store:
        post_all(store, *whole_call(store, asked("c")))
        store.flush()
        assert len(calls(store.read, ADMIN, 5)) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([name, f"{name}-locks"])
