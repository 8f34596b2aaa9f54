"""A logged call as a command and as a program: what they send is what was sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from lab.engine import as_curl, as_python

REQUEST = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 9,
    "system": [{"type": "text", "text": 'It\'s "so"\nBODY\n$HOME `id` \\ {x}'}],
    "messages": [{"role": "user", "content": "日本 🙂 \ud83d it's 'quoted' \u2028"}],
}
Seen = list[tuple[dict[str, str], Any]]


@pytest.fixture
def server() -> Iterator[tuple[str, Seen]]:
    """Keeps the headers and the body of what it is sent."""
    seen: Seen = []

    class Keeps(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Keeps) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}", seen
        made.shutdown()


def test_the_program_sends_what_was_sent(server: tuple[str, Seen]) -> None:
    url, seen = server
    program, env = as_python(REQUEST), {**os.environ, "ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": url}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True)
    assert done.stdout == "{}\n", done.stderr
    ((headers, body),) = seen
    assert body == REQUEST
    assert (headers["x-api-key"], headers["anthropic-version"]) == ("k", "2023-06-01")


def test_the_command_sends_what_was_sent(tmp_path: Any) -> None:
    """Run by a shell, with a `curl` that keeps what it is given."""
    (tmp_path / "curl").write_text('#!/bin/sh\nprintf "%s\\n" "$@" > given; cat > body\n')
    (tmp_path / "curl").chmod(0o700)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "ANTHROPIC_API_KEY": "k"}
    subprocess.run(["sh", "-c", as_curl(REQUEST)], cwd=tmp_path, env=env, check=True)
    assert json.loads((tmp_path / "body").read_text()) == REQUEST
    given = (tmp_path / "given").read_text().splitlines()
    assert given[0] == "https://api.anthropic.com/v1/messages" and "x-api-key: k" in given


def test_no_key_stands_in_either() -> None:
    for text in (as_curl(REQUEST), as_python(REQUEST)):
        assert "ANTHROPIC_API_KEY" in text and "sk-" not in text
