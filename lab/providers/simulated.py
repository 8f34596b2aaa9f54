"""The simulated Claude as a child process, for a lab without a key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from lab.errors import LabError

HOUSE = Path(__file__).parents[2]
"""The folder that holds the package, so that no file of the working folder can stand in for one of it."""


class Child:
    """A simulated Claude on a free loopback port. It ends when its standard input does, so however
    this process ends, no child stays behind."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._reading = threading.Lock()
        self._base_url: str | None = None

    def base_url(self) -> str:
        """Where it listens, once it does. Raises LabError when it ended before that."""
        with self._reading:
            if self._base_url is None:
                line = self.process.stdout.readline() if self.process.stdout else b""
                if not line:
                    raise LabError(
                        f"The simulated Claude did not start (exit code {self.process.wait()}). "
                        "`lab sim` shows why."
                    )
                self._base_url = f"http://127.0.0.1:{json.loads(line)['port']}"
            return self._base_url

    def close(self) -> None:
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def start(speed: float) -> Child:
    """Start it, without any of the SDK's variables: it needs no key."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ANTHROPIC_")}
    command = [sys.executable, "-m", "lab.sim", "--speed", str(speed)]
    pipe = subprocess.PIPE
    # A process group of its own: Ctrl-C on the terminal is for the parent, which ends the child in the end.
    process = subprocess.Popen(command, cwd=HOUSE, stdin=pipe, stdout=pipe, env=environ, process_group=0)
    return Child(process)
