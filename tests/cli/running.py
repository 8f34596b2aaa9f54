"""The real command as a process: its exit code, and what it writes where."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from lab.store import Store, call, calls
from lab.types import Principal

COMMAND = (sys.executable, "-m", "lab")
CANARY = "sk-ant-canary-0123456789"
PATIENCE = 30


def run(*arguments: str | bytes, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; stdin is empty unless `input` or `stdin` says otherwise."""
    source = {} if "input" in options else {"stdin": subprocess.DEVNULL}
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, timeout=60, **{**source, **options})
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def started(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A command that runs meanwhile; it is killed if the test leaves it running."""
    pipe = subprocess.PIPE
    options = {"stdin": subprocess.DEVNULL, "stdout": pipe, "stderr": pipe, **options}
    process = subprocess.Popen([*COMMAND, *arguments], **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """The exit code and stderr, once the command is over."""
    words = process.stderr.read().decode()
    return process.wait(PATIENCE), words


def on_terminal(*arguments: str, typed: bytes = b"") -> tuple[int, str]:
    """Run a command on a terminal of 80 columns: its exit code, and all that appeared.

    typed: what the person types once something other than the waiting is on the screen.
    """
    mine, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    modes = termios.tcgetattr(its)
    modes[3] |= termios.NOFLSH  # else a Ctrl-C throws away what was written and not yet read here
    termios.tcsetattr(its, termios.TCSANOW, modes)
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=its, stdout=its, stderr=its, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(its)
    seen = b""
    while True:
        try:
            piece = os.read(mine, 65536)
        except OSError:  # how Linux says that nobody has the terminal open any more
            break
        if not piece:
            break
        seen += piece
        line = visible(seen.decode(errors="replace"))[-1]
        if typed and line and not line.startswith(("\r", "Waiting")):
            os.write(mine, typed)
            typed = b""
    os.close(mine)
    return process.wait(PATIENCE), seen.decode().replace("\r\n", "\n")


def visible(text: str) -> list[str]:
    """The lines of a terminal's text as they end up on it."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return [line.rpartition("\x1b[K")[2] for line in plain.split("\n")]


def until(holds: Callable[[], Any]) -> Any:
    """Wait for something that another process does; gives what it was that held."""
    for _ in range(PATIENCE * 50):
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came true")


def stats(url: str) -> dict[str, Any]:
    """What a simulated server counted."""
    with urllib.request.urlopen(f"{url}/stats") as answer:
        return json.load(answer)


def logged(folder: Path = Path()) -> list[dict[str, Any]]:
    """All calls of a folder's database whole, newest first."""
    with closing(Store(folder / ".lab" / "lab.db")) as store:
        who = Principal("anyone", "admin")
        return [call(store.read, who, row["id"]) for row in calls(store.read, who, 100)]
