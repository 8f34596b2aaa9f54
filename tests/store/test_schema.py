"""Bringing a database to a newer schema: all of it or nothing, once, and with a copy of what was there."""

from __future__ import annotations

import io
import shutil
import stat
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from lab.errors import StoreError
from lab.store import Store, check, sqlite, waiting
from lab.store.migration import prepare
from lab.store.schema import MIGRATIONS
from tests.store.processes import BOUND, FORK, process, several
from tests.store.rows import asked, opened, post_all, refused, whole_call

NOW = len(MIGRATIONS)
BACKUP = f"lab.db.backup-{NOW}"
STEPS = 12
LAST = f"step {STEPS}"


def slow(say: Callable[[str], None]) -> Callable[[Any], None]:
    """A migration of many statements, which says after each that it is done."""

    def newest(db: Any) -> None:
        db["history"].create({"id": int, "step": int}, pk="id", strict=True)
        for step in range(1, STEPS + 1):
            if step % 2:
                db["calls"].add_column(f"extra_{step}", int)
                db.execute(f"UPDATE calls SET extra_{step} = {step}")
            else:
                db[f"table_{step}"].insert_all({"id": number, "note": "x" * 500} for number in range(50))
            db["history"].insert({"step": step})
            say(f"step {step}")

    return newest


def upgrading(pipe: Connection, path: Path, waits: bool) -> None:
    """Upgrades a database; after each step it says so, and may wait for a word. In the end it waits."""

    def say(step: str) -> None:
        pipe.send(step)
        if waits:
            pipe.recv()

    connection = sqlite.connect(path)
    prepare(connection, (*MIGRATIONS, slow(say)))
    pipe.send("done")
    pipe.recv()


def upgrading_together(pipe: Connection, path: Path, together: Barrier) -> None:
    connection = sqlite.connect(path)
    together.wait(BOUND)
    prepare(connection, (*MIGRATIONS, slow(lambda step: None)))
    pipe.send("done")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the lab as it is now, with two calls in it."""
    path = tmp_path_factory.mktemp("old") / "lab.db"
    with opened(path) as store:
        for id in "ab":
            post_all(store, *whole_call(store, asked(id)))
    return path


def copy(old: Path, folder: Path) -> Path:
    folder.mkdir()
    return Path(shutil.copy(old, folder))


def shape(path: Path) -> tuple[int, list[str], int]:
    """A file's schema version, its tables and columns, and how many calls it holds; it must be sound."""
    connection = sqlite.connect(path)
    assert check(connection) is None
    [version] = connection.execute("PRAGMA user_version").fetchone()
    schema = [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master ORDER BY name")]
    [calls] = connection.execute("SELECT count(*) FROM calls").fetchone()
    connection.close()
    return version, schema, calls


def upgraded(old: Path, folder: Path) -> Path:
    path = copy(old, folder)
    connection = sqlite.connect(path)
    prepare(connection, (*MIGRATIONS, slow(lambda step: None)))
    connection.close()
    return path


def test_a_killed_upgrade_is_done_or_not_begun(tmp_path: Path, old: Path) -> None:
    was, is_now = shape(old), shape(upgraded(old, tmp_path / "whole"))
    assert (was[0], is_now[0]) == (NOW, NOW + 1) and was[1] != is_now[1]
    found = []
    for step in range(1, STEPS + 1):  # held there and killed: nothing of it may stay
        path = copy(old, tmp_path / f"at {step}")
        with process(upgrading, path, True) as lab:
            for number in range(1, step + 1):
                assert lab.hear() == f"step {number}"
                if number < step:
                    lab.tell()
            lab.kill()
        assert shape(path) == was
        found.append(path)
    for number in range(8):  # killed while it runs on, round about its end
        path = copy(old, tmp_path / f"free {number}")
        with process(upgrading, path, False) as lab:
            lab.until("done" if number == 7 else LAST)
            lab.kill()
        assert shape(path) in (was, is_now)
        assert number < 7 or shape(path) == is_now
        found.append(path)
    for path in found:
        connection = sqlite.connect(path)
        prepare(connection, (*MIGRATIONS, slow(lambda step: None)))
        connection.close()
        assert shape(path) == is_now
        assert shape(path.with_name(BACKUP)) == was


def test_many_upgrade_at_once_and_one_does_it(tmp_path: Path, old: Path) -> None:
    path, was = copy(old, tmp_path / "new"), shape(old)
    with several(4, upgrading_together, path, FORK.Barrier(4)) as labs:
        for lab in labs:
            assert lab.hear() == "done"
            lab.end()
    connection = sqlite.connect(path)
    steps = [step for (step,) in connection.execute("SELECT step FROM history ORDER BY id")]
    assert steps == list(range(1, STEPS + 1))
    assert {tuple(row) for row in connection.execute("SELECT id, extra_1, extra_11 FROM calls")} == {
        ("a", 1, 11),
        ("b", 1, 11),
    }
    connection.close()
    backup = path.with_name(BACKUP)
    assert shape(backup) == was
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "lab.db",
        "lab.db-locks",
        BACKUP,
    ]


def test_a_first_start_and_a_start_without_upgrade_leave_no_backup(tmp_path: Path) -> None:
    for _ in range(2):
        Store(tmp_path / "lab.db").close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["lab.db", "lab.db-locks"]


def test_no_upgrade_without_a_backup(tmp_path: Path, old: Path) -> None:
    path, was = copy(old, tmp_path / "new"), shape(old)
    (tmp_path / "new" / BACKUP).mkdir()  # where the backup should go
    connection = sqlite.connect(path)
    with pytest.raises(OSError):
        prepare(connection, (*MIGRATIONS, slow(lambda step: None)))
    connection.close()
    assert shape(path) == was
    assert not list(path.parent.glob("*.part"))


def test_no_upgrade_where_there_is_no_room_for_a_copy(
    tmp_path: Path, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, was = copy(old, tmp_path / "new"), shape(old)
    size = path.stat().st_size
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(9, 9, 2 * size - 1))
    connection = sqlite.connect(path)
    said = refused(lambda: prepare(connection, (*MIGRATIONS, slow(lambda step: None))), StoreError)
    connection.close()
    assert "GB are free" in said and "Nothing was changed" in said
    assert shape(path) == was and not path.with_name(BACKUP).exists()


def test_a_long_upgrade_says_on_a_terminal_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr("sys.stderr", said)
    monkeypatch.setattr(waiting, "PATIENCE", 0.0)
    monkeypatch.setattr(waiting, "EVERY", 0.0)
    assert list(waiting.counted(range(300), "rows")) == list(range(300))
    assert said.getvalue() == ""
    monkeypatch.setattr(said, "isatty", lambda: True)
    assert list(waiting.counted(range(300), "rows")) == list(range(300))
    assert said.getvalue() == "\r256 of 300 rows\r300 of 300 rows\n"


def test_a_backup_is_of_the_file_that_is_upgraded(tmp_path: Path, old: Path) -> None:
    """One that an earlier upgrade left, or the half of one, gives way to it."""
    path, was = copy(old, tmp_path / "new"), shape(old)
    (path.parent / BACKUP).write_text("left from before")
    (path.parent / f"{BACKUP}.part").write_text("half")
    connection = sqlite.connect(path)
    prepare(connection, (*MIGRATIONS, slow(lambda step: None)))
    connection.close()
    assert shape(path.parent / BACKUP) == was
    assert not list(path.parent.glob("*.part"))
    Store(path.parent / BACKUP).close()  # it is a database like any other


def test_a_migration_that_fails_leaves_the_old_schema(tmp_path: Path, old: Path) -> None:
    path, was = copy(old, tmp_path / "new"), shape(old)

    def say(step: str) -> None:
        if step == LAST:
            raise ValueError("a fault in it")

    connection = sqlite.connect(path)
    with pytest.raises(ValueError, match="a fault in it"):
        prepare(connection, (*MIGRATIONS, slow(say)))
    connection.close()
    assert shape(path) == was
    Store(path).close()


def test_an_older_lab_refuses_what_a_newer_one_made(tmp_path: Path, old: Path) -> None:
    path = upgraded(old, tmp_path / "new")
    said = refused(lambda: Store(path), StoreError)
    assert said.startswith(
        f"{path} was made by a newer lab (schema {NOW + 1}, this lab knows {NOW}). Upgrade"
    )
