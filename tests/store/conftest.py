"""A simulated Claude in a process of its own, for the whole room, and a store to write notes to."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.store import Store
from tests.bench._bench import simulated
from tests.store.notes import CREATE


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """Where it listens; 2 ms between two words."""
    with simulated("--first-token", "0", "--interval", "0.002") as address:
        yield address


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with a table for notes and a short patience; the test closes it."""
    found = Store(tmp_path / "lab.db", patience=0.3)
    found.post(lambda connection: connection.execute(CREATE))
    found.flush()
    return found


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of these tests, on another disk where theirs is full."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """8 MB of disk."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
