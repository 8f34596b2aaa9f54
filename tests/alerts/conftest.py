from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.alerts.hook import Hook


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
