"""The app, or what it is held against, between a browser and a simulated Claude."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

from tests.bench._bench import simulated
from tests.bench._relay import Relay, relayed
from tests.browser import kit

PLAIN = Path(__file__).parent / "_plain.py"


class Running(NamedTuple):
    """An app: where it is, its process, what stands between it and Claude, and its working folder."""

    url: str
    process: int
    relay: Relay
    folder: Path


@contextmanager
def lab(*pace: str) -> Iterator[Running]:
    """The lab's app, asking a simulated Claude of this pace."""
    with (
        tempfile.TemporaryDirectory() as name,
        simulated(*pace) as claude,
        relayed(claude) as relay,
        kit.app(Path(name), **kit.pointed(relay.url)) as (url, process),
    ):
        yield Running(url, process, relay, Path(name))


@contextmanager
def plain(*pace: str) -> Iterator[Running]:
    """The baseline, with Streamlit's own settings."""
    with tempfile.TemporaryDirectory() as name, simulated(*pace) as claude, relayed(claude) as relay:
        port = _free()
        command = [sys.executable, "-m", "streamlit", "run", str(PLAIN), f"--server.port={port}"]
        command += [
            "--server.headless=true",
            "--server.address=127.0.0.1",
            "--browser.gatherUsageStats=false",
        ]
        environ = os.environ | kit.pointed(relay.url)
        with subprocess.Popen(command, cwd=name, env=environ, stdout=subprocess.DEVNULL) as process:
            url = f"http://127.0.0.1:{port}"
            try:
                while not _healthy(url):
                    time.sleep(0.1)
                yield Running(url, process.pid, relay, Path(name))
            finally:
                process.kill()


def _free() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _healthy(url: str) -> bool:
    with suppress(OSError):
        return urlopen(f"{url}/_stcore/health").status == 200
    return False


@contextmanager
def bare(*pace: str) -> Iterator[Running]:
    """A page that only paints what a raw SDK stream brings."""
    with tempfile.TemporaryDirectory() as name, simulated(*pace) as claude, relayed(claude) as relay:
        command, environ = [sys.executable, "-m", "tests.bench._bare"], os.environ | kit.pointed(relay.url)
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=kit.ROOT, env=environ) as process:
            port = json.loads(process.stdout.readline())["port"]
            yield Running(f"http://127.0.0.1:{port}", process.pid, relay, Path(name))
            process.kill()
