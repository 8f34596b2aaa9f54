"""GSM8K with 2 versions of a prompt and 3 repeats, killed with `kill -9` at 40 % and gone on with: what the
server was asked against the distinct trials. `python -m tests.bench resume [cases]`.

Needs `LAB_DATA`, the folder with gsm8k_test.jsonl. The answers are simulated: their quality means nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lab.store import sqlite
from tests.bench._bench import simulated, stats, table
from tests.store.processes import until

ROOT = Path(__file__).parents[2]
AT_ONCE, REPEATS, KILLED_AT = 32, 3, 0.4
VERSIONS = ("maths@1", "maths@2")
DONE = "SELECT count(*) FROM results"
DISTINCT = "SELECT count(*) FROM (SELECT DISTINCT case_id, variant, repeat FROM results)"
TWICE = """SELECT count(*) FROM (SELECT 1 FROM calls JOIN attempts ON call_id = id
    GROUP BY case_id, variant, repeat HAVING count(*) > 1)"""


def main(arguments: list[str]) -> None:
    if not os.environ.get("LAB_DATA"):
        sys.exit("Set LAB_DATA to the folder that holds gsm8k_test.jsonl.")
    cases = int(arguments[0]) if arguments else 1319
    trials = cases * len(VERSIONS) * REPEATS
    with tempfile.TemporaryDirectory() as name, simulated("--first-token", "0.4", "--interval", "0") as url:
        folder = _team(Path(name))
        began = time.monotonic()
        child = _lab(folder, url, "gsm8k", "--first", str(cases), *_each("-p", VERSIONS))
        while _one(folder, DONE) < KILLED_AT * trials and child.poll() is None:
            time.sleep(0.1)
        child.kill()
        child.wait()
        until(lambda: stats(url)["open"] == 0)
        killed = time.monotonic() - began
        kept, sent, rows = (
            _one(folder, DONE),
            stats(url)["requests"],
            _one(folder, "SELECT count(*) FROM attempts"),
        )
        _lab(folder, url, "--resume", "last").wait()
        until(lambda: stats(url)["open"] == 0)
        whole = time.monotonic() - began
        unknown = _one(folder, f"{DONE} WHERE state = 'unknown'")
        found = stats(url)["requests"], _one(folder, DISTINCT), _one(folder, TWICE)
    requests, distinct, twice = found
    unsent = rows - sent
    table(
        [
            ("", "killed", "gone on with"),
            ("seconds", f"{killed:.0f}", f"{whole:.0f}"),
            ("results", f"{kept:,}", f"{distinct:,}"),
            ("requests at the server", f"{sent:,}", f"{requests:,}"),
            ("in flight, left unknown", f"{rows - kept:,} open or unsaved", f"{unknown:,}"),
            ("of these never at the server", f"{unsent:,}", f"{unsent:,}"),
            ("distinct trials", "", f"{trials:,}"),
            ("asked twice", "", f"{twice:,}"),
        ]
    )
    equal = requests + unsent == distinct == trials and not twice
    print(f"\nrequests{f' + {unsent} never at the server' if unsent else ''} = distinct trials: {equal}")


def _team(folder: Path) -> Path:
    """The team's folder, with a second version of the prompt and three answers a case."""
    for name in ("prompts", "datasets"):
        shutil.copytree(ROOT / name, folder / name)
    first = folder / "prompts" / "maths" / "v1.yaml"
    first.with_name("v2.yaml").write_text(
        first.read_text().replace("system: |\n", "system: |\n  Be brief.\n")
    )
    with (folder / "datasets" / "gsm8k.yaml").open("a") as dataset:
        dataset.write(f"repeats: {REPEATS}\nneeds: 1\n")
    return folder


def _lab(folder: Path, url: str, *arguments: str) -> subprocess.Popen[bytes]:
    environ = os.environ | {
        "PYTHONPATH": str(ROOT),
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "simulated",
    }
    command = [
        sys.executable,
        "-m",
        "lab",
        "check",
        "--concurrency",
        str(AT_ONCE),
        "--json",
        "--yes",
        *arguments,
    ]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, env=environ, stdin=quiet, stdout=quiet)


def _each(option: str, values: tuple[str, ...]) -> list[str]:
    return [word for value in values for word in (option, value)]


def _one(folder: Path, query: str) -> Any:
    """What a query gives, once there is a database."""
    file = folder / ".lab" / "lab.db"
    if not file.exists():
        return 0
    connection = sqlite.connect(file)
    try:
        return connection.execute(query).fetchone()[0]
    except sqlite.Error:  # its tables are being made
        return 0
    finally:
        connection.close()
