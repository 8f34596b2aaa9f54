"""A lab in a folder of its own, with a prompt that sends what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.engine import Lab
from lab.store import Store
from tests.engine.kit import lab_of


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    (tmp_path / "prompts" / "p").mkdir(parents=True)
    (tmp_path / "prompts" / "p" / "v1.yaml").write_text('user: "{{input}}"\n')
    store = Store(tmp_path / "lab.db", patience=0.3)
    yield replace(lab_of(store), folder=tmp_path)
    store.close()
