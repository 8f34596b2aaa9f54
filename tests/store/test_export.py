"""All wanted calls, for whoever takes them away."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from lab.errors import StoreError
from lab.store import Export, Store, Wanted, call, rated, sqlite
from lab.types import Principal
from tests.store.processes import until
from tests.store.rows import asked, opened, post_all, whole_call

ANN, ADMIN = Principal("ann"), Principal("root", "admin")


def made(store: Store, id: str, user: str = "ann") -> str:
    """A call, from its beginning to its end."""
    post_all(store, *whole_call(store, asked(id, user, text=f"Question {id}")))
    store.flush()
    return id


def test_everything_comes_once_newest_first_as_it_is_read_one_by_one(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as store:
        ids = [made(store, id, user) for id, user in (("a", "ann"), ("b", "ben"), ("c", "ann"))]
        store.post(rated(ids[0], ANN, 1, "good"))
        store.flush()
        export = Export(store.path, ADMIN, Wanted())
        found = [each for batch in export for each in batch]
        assert found == [call(store.read, ADMIN, id) for id in reversed(ids)]
        assert (export.matched, export.given, export.moments) == (3, 3, 1)
        assert [*found[0]][: len(export.columns)] == list(export.columns)
        mine = [each["id"] for batch in Export(store.path, ANN, Wanted()) for each in batch]
        assert mine == [ids[2], ids[0]]
        assert [*Export(store.path, ADMIN, Wanted(state="failed"))] == [[]]


@pytest.mark.parametrize("longest", [600.0, 0.0])
def test_an_export_is_of_one_moment_and_a_slow_one_of_several(tmp_path: Path, longest: float) -> None:
    with opened(tmp_path / "lab.db") as store, closing(sqlite.connect(store.path, wait=0)) as other:
        ids = [made(store, id) for id in "abc"]
        export = Export(store.path, ADMIN, Wanted(), longest=longest, batch=1)
        batches = iter(export)
        first = next(batches)
        made(store, "d")  # since then
        store.post(rated(ids[0], ANN, -1))
        store.flush()
        if longest:  # what is read is kept in the write-ahead log
            assert held_up(other)
        else:  # a reader who stays away holds nothing up
            until(lambda: not held_up(other))
        rest = [each for batch in batches for each in batch]
        assert [each["id"] for each in (*first, *rest)] == ids[::-1]
        assert [each["value"] for each in rest[-1]["ratings"]] == ([] if longest else [-1])
        assert (export.moments > 1) == (not longest)


def held_up(connection: sqlite.Connection) -> bool:
    """Whether something keeps the write-ahead log from being begun anew."""
    return bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])


def test_a_file_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "lab.db"
    file.write_bytes(b"no database " * 999)
    with pytest.raises(StoreError, match=r"lab\.db is not a SQLite database"):
        next(iter(Export(file, ADMIN, Wanted())))
