"""The command that runs the app."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.running import PATIENCE, ended, run, started

pytest.importorskip("streamlit", reason="the app's packages are not installed here")


@contextmanager
def app(*arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The app's process, and its URL once it says where it is."""
    with started("ui", "--no-browser", "--port", "0", *arguments) as process:
        line = process.stderr.readline().decode()
        found = re.fullmatch(r"Prompt Lab is at (http://\S+) · Ctrl-C ends it\.\n", line)
        assert found, line
        yield process, found[1]


def fetched(url: str, host: str | None = None) -> tuple[int, bytes]:
    headers = {"Host": host} if host else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=PATIENCE) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_it_listens_here_alone_says_so_and_ends_with_ctrl_c() -> None:
    with app() as (process, url):
        assert url.startswith("http://127.0.0.1:")
        status, body = fetched(f"{url}/healthz")
        assert (status, json.loads(body)) == (200, {"status": "ok", "running": 0})
        status, page = fetched(url)
        assert status == 200 and b"<title>" in page
        assert fetched(f"{url}/export/calls.jsonl") == (200, b"")
        status, why = fetched(f"{url}/export/calls.jsonl", host="other.example")
        assert (status, why) == (403, b"This address of the app is not known here.")
        port = int(url.rpartition(":")[2])
        with socket.socket() as other:
            assert other.connect_ex(("127.0.0.2", port)) != 0
        process.send_signal(signal.SIGINT)
        code, words = ended(process)
        assert (code, words.strip()) == (130, "")


def test_a_taken_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("ui", "--no-browser", "--port", str(port))
    assert done.returncode == 3
    assert f"cannot listen on 127.0.0.1, port {port}: Address already in use." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--address", "0.0.0.0"), 2, "nobody has to sign in"),
        (("--address", "no.such.host.invalid", "--insecure"), 3, "cannot listen on no.such.host.invalid"),
        (("--port", "99999"), 2, "--port"),
        (("--port", "x"), 2, "--port"),
    ],
)
def test_what_is_asked_wrongly(arguments: tuple[str, ...], code: int, words: str) -> None:
    done = run("ui", "--no-browser", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr and "Traceback" not in done.stderr


def test_what_keeps_the_lab_from_opening_is_said_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_DB", "/proc/lab.db")
    done = run("ui", "--no-browser", "--port", "0")
    assert done.returncode == 3 and "/proc/lab.db" in done.stderr and "Traceback" not in done.stderr
