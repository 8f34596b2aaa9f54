"""The app without a browser: its pages, in a folder of their own, with an instant simulated Claude."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import engine
from lab.engine import Lives

pytest.importorskip("streamlit", reason="the app's packages are not installed here")

from streamlit.testing.v1 import AppTest  # noqa: E402

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def main() -> Iterator[None]:
    """A page runs as `__main__`; processes that later tests start are to begin as this one did."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of the app, without a key; what the lab ships lies in it."""
    for name in [*os.environ]:
        if name.startswith(("ANTHROPIC_", "LAB_")):
            monkeypatch.delenv(name)
    for name in ("prompts", "datasets"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAB_SIM_SPEED", "0")
    monkeypatch.setenv("LAB_USER", "ana")
    monkeypatch.setenv("LAB_GRACE", "1000")  # a slow machine leaves no page, however long it is held up
    return tmp_path


@pytest.fixture
def lives(folder: Path) -> Iterator[Lives]:
    """The lab that the pages share."""
    opened = engine.lives(Path.cwd())
    yield opened
    opened.close()


@pytest.fixture
def opened(lives: Lives) -> Callable[..., AppTest]:
    """`opened("logs", call="t3y9")` is that page, drawn once, with these parameters in its address."""

    def page(name: str, **params: Any) -> AppTest:
        app = AppTest.from_string(f"from lab.ui.frame import frame\nframe({name!r})", default_timeout=120)
        for key, value in params.items():
            app.query_params[key] = value
        return app.run()

    return page
