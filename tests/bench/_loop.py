"""How late a server's event loop is: one process asks it for next to nothing, again and again, and waits.

`python -m tests.bench._loop URL` asks every 20 ms on one connection until its standard input ends, then
prints the seconds that each answer took. What it waits for itself, of a busy processor, is in them: no loop
is later than that.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

EVERY = 0.02


@contextmanager
def asked(url: str) -> Iterator[list[float]]:
    """Ask a server while the block runs; the list is filled when it ends."""
    found: list[float] = []
    command = [sys.executable, "-m", "tests.bench._loop", url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield found
        said, _ = process.communicate()
    found += json.loads(said)


def main(url: str) -> None:
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    server, took = http.client.HTTPConnection(url.removeprefix("http://")), []
    while not over.wait(EVERY):
        began = time.perf_counter()
        server.request("GET", "/healthz")
        server.getresponse().read()
        took.append(time.perf_counter() - began)
    print(json.dumps(took))


if __name__ == "__main__":
    main(sys.argv[1])
