"""1,319 questions through `lab check`, 32 at once: the run's window against the calls' own time.

Needs `LAB_DATA`, the folder with gsm8k_test.jsonl. The answers are simulated: their quality means nothing.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from tests.bench._bench import table

ROOT = Path(__file__).parents[2]
AT_ONCE = 32


def main(arguments: list[str]) -> None:
    if not os.environ.get("LAB_DATA"):
        sys.exit("Set LAB_DATA to the folder that holds gsm8k_test.jsonl.")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("prompts", "datasets"):
            shutil.copytree(ROOT / name, Path(folder) / name)
        memory = _check(folder)
        with sqlite3.connect(Path(folder) / ".lab" / "lab.db") as db:
            began, ended = db.execute("SELECT started_at, ended_at FROM runs").fetchone()
            answers, busy = db.execute(
                "SELECT count(*), sum(total_ms) FROM calls WHERE state = 'ok'"
            ).fetchone()
            results = db.execute("SELECT count(*) FROM results").fetchone()[0]
    window = (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
    ideal = busy / 1000 / AT_ONCE
    rows = [("answers", "results kept", "window", "calls' own time / 32", "ratio", "peak memory")]
    rows.append(
        (answers, results, f"{window:.1f} s", f"{ideal:.1f} s", f"{window / ideal:.2f}", f"{memory:.0f} MB")
    )
    table(rows)


def _check(folder: str) -> float:
    """Run it; gives the process's peak memory in MB."""
    command = [
        sys.executable,
        "-m",
        "lab",
        "check",
        "gsm8k",
        "--sim",
        "--concurrency",
        str(AT_ONCE),
        "--json",
    ]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.DEVNULL)
    return os.wait4(child.pid, 0)[2].ru_maxrss / 1024
