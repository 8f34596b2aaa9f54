"""The journal: a line for each call that has ended."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab.config import load
from lab.engine.journal import journal
from lab.errors import BadInput
from lab.types import Usage

ROOT = Path(__file__).parents[2]
CANARY = "canary-5f31"
LINE = {
    "time", "call", "origin", "prompt", "version", "conversation", "run", "case", "source", "model",
    "answered_by", "state", "stop_reason", "error_type", "status", "attempts", "message_id", "request_id",
    *Usage.__slots__, "cost_usd", "waited_ms", "headers_ms", "first_token_ms", "total_ms",
}  # fmt: skip


def test_a_line_for_each_call_that_ends(tmp_path: Path) -> None:
    """In a process of its own, whose end writes what is still to be written."""
    program = f"""
import asyncio
from pathlib import Path
from lab.store import Store
from tests.engine.kit import *
store = Store(Path({str(tmp_path / "lab.db")!r}))
async def main():
    async with simulated(store, log={str(tmp_path / "calls.log")!r}) as (call, lab, _):
        for text in ("{CANARY} [[529 once retry-after 0.01]]", "{CANARY} [[end after 2]]"):
            try:
                await collect(call, request(text, system="{CANARY}", id=text[-8:]))
            except Exception as error:
                assert type(error).__name__ == "CallError", error
asyncio.run(main())
store.close()
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=120)
    text = (tmp_path / "calls.log").read_text()
    first, second = map(json.loads, text.splitlines())
    assert CANARY not in text
    assert set(first) == set(second) == LINE
    page = (ROOT / "docs/telemetry.md").read_text(encoding="utf-8")
    assert not [name for name in LINE.difference(Usage.__slots__) if f"`{name}`" not in page]
    assert (tmp_path / "calls.log").stat().st_mode & 0o777 == 0o600
    assert (first["state"], first["stop_reason"], first["attempts"]) == ("ok", "end_turn", 2)
    assert first["input_tokens"] > 0 < first["output_tokens"]
    assert 0 < first["cost_usd"] < 1
    assert 0 < first["headers_ms"] <= first["first_token_ms"] <= first["total_ms"]
    assert (second["state"], second["error_type"], second["stop_reason"]) == (
        "truncated",
        "incomplete_stream",
        None,
    )
    assert second["cost_usd"] is second["output_tokens"] is None


def test_a_journal_that_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    program = f"""
from lab.engine.journal import journal
for _ in range(3):
    journal({str(tmp_path / "no" / "calls.log")!r}).info("x")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60, capture_output=True, text=True
    )
    assert done.stderr.count("No such file or directory") == 1
    assert "Traceback" not in done.stderr


def test_the_journal_on_stderr() -> None:
    program = 'from lab.engine.journal import journal\njournal("json").info("{}")'
    made = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=60)
    assert (made.stdout, made.stderr) == (b"", b"{}\n")
    assert journal("json") is journal("json")


@pytest.mark.parametrize(
    ("written", "found"),
    [("off", "off"), ("json", "json"), ("calls.log", "{folder}/calls.log"), ("/a/b.jsonl", "/a/b.jsonl")],
)
def test_the_setting_names_a_place(written: str, found: str, tmp_path: Path) -> None:
    assert load(tmp_path, {"LAB_LOG": written}).log == found.format(folder=tmp_path)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"LAB_LOG": "stderr"}, "LAB_LOG must be off, json, or a file whose name ends in .log"),
        ({"LAB_TELEMETRY_CONTENT": "true"}, 'LAB_TELEMETRY_CONTENT must be "off" or "on", not "true"'),
    ],
)
def test_a_setting_that_was_meant_otherwise_is_refused(
    environ: dict[str, str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=re.escape(words)):
        load(tmp_path, environ)
