"""Checks of 2,000 requests in all through batches, their processes killed with `kill -9` at random moments:
around a submission, while it is out, collected, graded; and gone on with until each has its verdict.
`python -m tests.bench batch [checks] [requests of each] [seed]`.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from lab.store import sqlite
from tests.bench._bench import simulated, stats, table

ROOT = Path(__file__).parents[2]
KEY = "simulated"
TEXT = """\
prompt: p
graders: [{judge: {rubric: Is it short?, models: [claude-haiku-4-5]}}, {length: {max: 3, unit: words}}]
concurrency: 8
cases:
"""
OPEN = "SELECT count(*) FROM calls WHERE state IN ('started', 'streaming')"
MOMENTS = {
    "before a submission": ("SELECT count(*) FROM attempts WHERE batch_id = '' AND state = 'started'", 0.3),
    "around a submission": ("SELECT count(*) FROM batches WHERE state = 'submitting'", 0.05),
    "while it is out": ("SELECT count(*) FROM batches WHERE state = 'out'", 4.0),
    "while it is collected": ("SELECT count(*) FROM calls WHERE state = 'ok'", 0.05),
    "while it is graded": ("SELECT count(*) FROM results", 0.05),
}
"""What the database shows more of when a run has come there; it is killed at most so many seconds later."""


def main(arguments: list[str]) -> None:
    checks, requests, seed = map(int, [*arguments, *("8", "250", "7")[len(arguments) :]])
    moments, killed, codes = random.Random(seed), dict.fromkeys(MOMENTS, 0), set()
    with tempfile.TemporaryDirectory() as name, simulated("--speed", "30") as url:
        folder, began = Path(name), time.monotonic()
        for number in range(checks):
            _write(folder, f"x{number}", requests // 2)  # as many judgements as answers
            again = [f"x{number}", "--batch"]
            for moment, (query, most) in MOMENTS.items():
                child = _lab(folder, url, *again)
                came = _until(folder, query, child)
                time.sleep(moments.uniform(0, most))
                child.kill()
                code = child.wait()
                killed[moment] += came and code == -9
                again = ["--resume", "last"]
            codes.add(_lab(folder, url, *again).wait())
            print(f"check {number + 1}: {time.monotonic() - began:.0f} s", flush=True)
        seconds = time.monotonic() - began
        found = _found(folder, url)
    table([("killed", "times"), *((name, f"{times}") for name, times in killed.items())])
    print(f"\n{checks} checks in {seconds:.0f} s; they ended with {', '.join(map(str, codes))}\n")
    table([("", ""), *((name, f"{value:,}") for name, value in found.items())])
    equal = found["requests that the server answered"] == found["answered calls"] == checks * requests
    kinds = ("in", "out")
    billed = all(found[f"{each} tokens billed"] == found[f"{each} tokens in the log"] for each in kinds)
    print(f"\nnothing twice, nothing lost: {equal and not found['left open']}; costs equal: {billed}")


def _found(folder: Path, url: str) -> dict[str, int]:
    batched, made, count = stats(url)["batched"], _batches(url), lambda query: _one(folder, query)
    return {
        "batches that the server has": len(made),
        "batches that the lab has collected": count("SELECT count(*) FROM batches WHERE state = 'collected'"),
        "requests that the server answered": sum(each["request_counts"]["succeeded"] for each in made),
        "answered calls": count("SELECT count(*) FROM calls WHERE state = 'ok'"),
        "results": count("SELECT count(*) FROM results"),
        "calls that were never sent": count("SELECT count(*) FROM calls WHERE state = 'cancelled'"),
        "of unknown outcome": count("SELECT count(*) FROM calls WHERE state = 'unknown'"),
        "left open": count(OPEN),
        "in tokens billed": batched["input_tokens"],
        "in tokens in the log": count("SELECT sum(input_tokens) FROM attempts WHERE cost > 0"),
        "out tokens billed": batched["output_tokens"],
        "out tokens in the log": count("SELECT sum(output_tokens) FROM attempts WHERE cost > 0"),
    }


def _batches(url: str) -> list[dict[str, Any]]:
    headers = {"x-api-key": KEY, "anthropic-version": "2026-10-21"}
    asked = urllib.request.Request(f"{url}/v1/messages/batches?limit=1000", headers=headers)
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)["data"]


def _write(folder: Path, name: str, cases: int) -> None:
    for each in ("prompts/p", "datasets"):
        (folder / each).mkdir(parents=True, exist_ok=True)
    (folder / "prompts" / "p" / "v1.yaml").write_text('user: "{{input}}"\nmodel: claude-haiku-4-5\n')
    listed = "".join(f"  - {{input: '[[words 3]] {name} {number}'}}\n" for number in range(cases))
    (folder / "datasets" / f"{name}.yaml").write_text(TEXT + listed)


def _until(folder: Path, query: str, child: subprocess.Popen[bytes]) -> bool:
    """Wait until the database shows more than it did, or for the child's end, or two minutes."""
    before = 0 if "batches WHERE" in query else _one(folder, query)  # what is out stays so
    end = time.monotonic() + 120
    while child.poll() is None and time.monotonic() < end:
        if _one(folder, query) > before:
            return True
        time.sleep(0.01)
    return False


def _lab(folder: Path, url: str, *arguments: str) -> subprocess.Popen[bytes]:
    environ = os.environ | {
        "PYTHONPATH": str(ROOT),
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": KEY,
        "LAB_FIRST_TOKEN_TIMEOUT": "0.5",
    }
    command = [sys.executable, "-m", "lab", "check", "--yes", *arguments]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, env=environ, stdin=quiet, stdout=quiet, stderr=quiet)


def _one(folder: Path, query: str) -> int:
    """What a query gives, once there is a database."""
    file = folder / ".lab" / "lab.db"
    if not file.exists():
        return 0
    connection = sqlite.connect(file)
    try:
        return connection.execute(query).fetchone()[0] or 0
    except sqlite.Error:  # its tables are being made
        return 0
    finally:
        connection.close()
