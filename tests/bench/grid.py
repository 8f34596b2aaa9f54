"""The checks page at its fullest: a run of 5,000 cases, 3 variants and 3 repeats beside an earlier one.

    python -m tests.bench grid [CASES]

From the click to `script_finished`, as a tab sees it that speaks Streamlit's protocol; `opening` is the first
look at a run in that process, which counts its 45,000 answers and those of the earlier one.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench._bench import percentile, table
from tests.bench._grid import MODEL, filled
from tests.bench._session import opened
from tests.browser import kit

REPEATS, VARIANTS, RUNS, TIMES = 3, 3, 4, 10
CLICKS = {
    "all cases, again": "",
    "filter: failed": "&show=failed",
    "filter: changed": "&show=changed",
    "filter: flaky": "&show=flaky",
    "page 50": "&page=50",
    "open a case": "&case=case-0777",
    "tag": "&tag=tone",
    "a search that finds few": "&q=case-4321",
    "a search that finds all": "&q=manual",
    "side by side": "&view=compare",
    "side by side, page 9": "&view=compare&page=9",
    "by tag": "&view=tags",
    "over time": "&view=history",
}


def main(arguments: list[str]) -> None:
    cases = int(arguments[0]) if arguments else 5000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".lab").mkdir()
        variants = [f"p@{number} · {MODEL}" for number in range(1, VARIANTS + 1)]
        runs = filled(folder / ".lab" / "lab.db", cases, variants, REPEATS, RUNS)
        with kit.app(folder) as (url, _):
            rows = asyncio.run(_measured(url, runs))
    print(
        f"{cases:,} cases, {VARIANTS} variants, {REPEATS} repeats: {cases * VARIANTS * REPEATS:,} answers\n"
    )
    table([("", "first", "p50", "most", "sent to the browser"), *rows])


async def _measured(url: str, runs: Sequence[str]) -> list[tuple[str, ...]]:
    rows = []
    async with opened(url, "runs") as session:
        first = [await _took(session, f"run={run}") for run in reversed(runs[1:])]
        took, sent = zip(*first, strict=True)
        rows.append(
            ("opening", _ms(took[0]), _ms(percentile(took, 0.5)), _ms(max(took)), f"{sent[0]:,.0f} kB")
        )
        for name, query in CLICKS.items():
            clicks = [await _took(session, f"run={runs[-1]}{query}") for _ in range(TIMES)]
            took, sent = zip(*clicks, strict=True)
            again = took[1:]
            rows.append(
                (name, _ms(took[0]), _ms(percentile(again, 0.5)), _ms(max(again)), f"{sent[0]:,.0f} kB")
            )
    return rows


async def _took(session, query: str) -> tuple[float, float]:
    """Seconds from the click until all is drawn, and the kilobytes that came for it."""
    session.query = query
    began, size = time.perf_counter(), 0
    await session.rerun()
    async for _, message in session.drawn():
        size += message.ByteSize()
    return time.perf_counter() - began, size / 1000


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
