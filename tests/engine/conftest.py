from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.engine import Lab
from lab.store import Store
from lab.types import Principal
from tests.engine.kit import PLAIN, lab_of


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database a module. Closing it fails the module if anything could not be written."""
    opened = Store(tmp_path_factory.mktemp("engine") / "lab.db")
    yield opened
    opened.close()


@pytest.fixture
def me(request: pytest.FixtureRequest) -> Principal:
    """A person of this test alone."""
    return Principal(request.node.name)


@pytest.fixture
def lab(store: Store) -> Lab:
    return lab_of(store, model=PLAIN)
