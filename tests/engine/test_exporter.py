"""Telemetry that the environment asks for, or does not: whole processes, with a collector of three lines."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lab.engine.exporter import SIGNALS, fault
from lab.engine.layers.trace import asked_for

ROOT = Path(__file__).parents[2]
CANARY = "canary-5f31"
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def lab(folder: Path, *arguments: str, python: tuple[str, ...] = (), **environ: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `lab` without a key, in an environment of these variables."""
    ours = ("OTEL_", "ANTHROPIC_", "LAB_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    code = "import sys; from lab.cli import main; sys.argv[0] = 'lab'; main()"
    made = subprocess.run(
        [sys.executable, *(python or ("-c", code)), *arguments],
        cwd=folder,
        env={**kept, "HOME": str(folder), "PYTHONPATH": str(ROOT), "LAB_SIM_SPEED": "0", **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return made.returncode, made.stdout, made.stderr


@pytest.fixture
def collector() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Its address, and what has come: the bodies, by their paths."""
    received: dict[str, bytes] = {}

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received[self.path] = received.get(self.path, b"") + body
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *message: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    thread.join()
    server.server_close()


def test_spans_and_metrics_reach_a_collector_without_words(
    tmp_path: Path, collector: tuple[str, dict[str, bytes]]
) -> None:
    url, received = collector
    code, said, told = lab(tmp_path, "ask", f"Say {CANARY}", **{ENDPOINT: url})
    assert (code, bool(said)) == (0, True), told
    assert set(received) == {"/v1/traces", "/v1/metrics"}
    for word in (b"prompt-lab", b"chat claude-sonnet-5-5", b"anthropic.messages.create", b"lab.call.id"):
        assert word in received["/v1/traces"], word
    for word in (b"gen_ai.client.operation.duration", b"gen_ai.client.token.usage", b"simulated"):
        assert word in received["/v1/metrics"], word
    assert CANARY.encode() not in b"".join(received.values())


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({ENDPOINT: "http://127.0.0.1:9"}, "does not answer"),
        ({ENDPOINT: "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "http/protobuf only"),
        ({ENDPOINT: "http://127.0.0.1:9", "OTEL_BSP_MAX_QUEUE_SIZE": "-1"}, "cannot be set up"),
    ],
)
def test_a_collector_that_is_not_there_harms_no_call(
    environ: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    code, said, told = lab(tmp_path, "ask", "Hello", **environ)
    assert (code, bool(said)) == (0, True)
    assert told.count(sentence) == 1
    assert "Traceback" not in told


def test_without_its_packages_it_says_so_and_the_call_goes_on(tmp_path: Path) -> None:
    code = "import sys; sys.modules['opentelemetry.sdk'] = None; from lab.cli import main; main()"
    ended, said, told = lab(tmp_path, "ask", "Hello", python=("-c", code), **{ENDPOINT: "http://127.0.0.1:9"})
    assert (ended, bool(said)) == (0, True)
    assert told.count("uv sync --extra telemetry") == 1


@pytest.mark.parametrize(
    ("command", "none_of"),
    [
        (("--help",), ("opentelemetry", "lab.engine", "logging.handlers")),
        (
            ("ask", "Hello"),
            (
                "opentelemetry.sdk",
                "opentelemetry.exporter",
                "opentelemetry.metrics",
                "lab.engine.exporter",
                "lab.engine.witness",
                "logging.handlers",
            ),
        ),
    ],
)
def test_unasked_nothing_is_imported(
    command: tuple[str, ...], none_of: tuple[str, ...], tmp_path: Path
) -> None:
    code = "import sys; from lab.cli import main; sys.argv[0] = 'lab'; main()"
    ended, _, told = lab(tmp_path, *command, python=("-X", "importtime", "-c", code))
    imported = {line.rpartition("|")[2].strip() for line in told.splitlines() if line.startswith("import ")}
    assert ended == 0
    assert "lab.cli" in imported
    assert not [name for name in imported if name.startswith(none_of)]


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        ({}, False),
        ({ENDPOINT: ""}, False),
        ({ENDPOINT: "http://a"}, True),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://a"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "console, otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "console"}, False),
        ({ENDPOINT: "http://a", "OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"}, False),
        ({ENDPOINT: "http://a", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_SERVICE_NAME": "a"}, False),
    ],
)
def test_what_counts_as_asking(environ: dict[str, str], asked: bool) -> None:
    assert any(asked_for(signal, environ) for signal in SIGNALS) == asked
    assert fault(environ) is None
