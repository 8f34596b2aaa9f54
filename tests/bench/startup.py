"""How long a command takes to start, as a whole process, beside a bare `python -c pass`.

`lab ask` is timed to the arrival of its request at a listening socket, with a key and without one (where it
starts the simulated Claude first; there the whole run is timed). Compile the installation first: uv's
`--compile-bytecode`, or this benchmark's own first, uncounted run.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from tests.bench._bench import percentile, table

RUNS = 15
LAB = shutil.which("lab") or f"{os.path.dirname(sys.executable)}/lab"


def main(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("ANTHROPIC_", "LAB_"))}
        environ |= {"HOME": folder, "LAB_SIM_SPEED": "0"}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)

        def whole(*command: str) -> Callable[[], float]:
            return lambda: _whole(command, folder, environ)

        rows = {
            "python -c pass": whole(sys.executable, "-c", "pass"),
            "import anthropic": whole(sys.executable, "-c", "import anthropic"),
            "lab --version": whole(LAB, "--version"),
            "lab --help": whole(LAB, "--help"),
            "lab ask, to request sent": lambda: _sent(folder, environ),
            "lab ask, simulated, to its end": whole(LAB, "ask", "hi"),
            "lab logs": whole(LAB, "logs"),
        }
        medians = {name: _median(run) for name, run in rows.items()}
    base = medians["python -c pass"]
    shown = [(name, f"{took * 1000:.0f} ms", f"{took / base:.1f}") for name, took in medians.items()]
    table([("", f"median of {RUNS}", "ratio"), *shown])


def _median(run: Callable[[], float]) -> float:
    run()
    return percentile([run() for _ in range(RUNS)], 0.5)


def _whole(command: tuple[str, ...], folder: str, environ: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        command, cwd=folder, env=environ, check=True, capture_output=True, stdin=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def _sent(folder: str, environ: dict[str, str]) -> float:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        began = time.perf_counter()
        with subprocess.Popen(
            [LAB, "ask", "hi"],
            cwd=folder,
            env=environ | {"ANTHROPIC_API_KEY": "bench", "ANTHROPIC_BASE_URL": url},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as child:
            connection, _ = listener.accept()
            connection.recv(1)
            took = time.perf_counter() - began
            child.kill()
            connection.close()
    return took
