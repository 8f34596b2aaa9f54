from __future__ import annotations

import os

import pytest

from tests.providers.raw import KEY, KEY_VARIABLE


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that the raw endpoint is asked with, and nothing of the machine's own keys and proxies."""
    for name in list(os.environ):
        if name.startswith("ANTHROPIC_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv(KEY_VARIABLE, KEY)
