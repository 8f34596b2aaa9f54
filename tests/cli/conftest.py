"""A folder of its own for each test, and one simulated server for all that need one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import CANARY, started


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: empty, with no key and no setting in the environment."""
    for name in [*os.environ]:
        if name.startswith(("ANTHROPIC_", "LAB_")):
            monkeypatch.delenv(name)
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("LAB_SIM_SPEED", "0")
    monkeypatch.chdir(work)
    return work


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a simulated server, started as its own command says."""
    with started("sim", "--port", "0", "--speed", "0") as process:
        line = process.stdout.readline().decode()
        yield re.fullmatch(r"export ANTHROPIC_BASE_URL=(\S+) ANTHROPIC_API_KEY=\S+\n", line)[1]


@pytest.fixture
def online(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same server, as the Claude API that the environment has a key for."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server)
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    return server
