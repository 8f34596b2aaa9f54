"""The checks page at its fullest: a run of 5,000 cases, 3 variants and 3 repeats beside an earlier one.

    python -m tests.bench grid [CASES]

From the click to `script_finished`, as a tab sees it that speaks Streamlit's protocol, and the seconds of the
processor that the app took for it, which other work on the machine changes less. `first` counts and reads
what is kept afterwards: opening counts the answers of a run; what it is compared with was looked at before.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench._bench import percentile, table
from tests.bench._grid import MODEL, filled
from tests.bench._session import Session, opened
from tests.browser import kit

REPEATS, VARIANTS, RUNS, TIMES = 3, 3, 3, 10
CLICKS = {
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
        with kit.app(folder) as (url, process):
            rows = asyncio.run(_measured(url, process, runs))
    print(
        f"{cases:,} cases, {VARIANTS} variants, {REPEATS} repeats: {cases * VARIANTS * REPEATS:,} answers\n"
    )
    table([("", "first", "CPU", "again, p50", "CPU", "to the browser"), *rows])


async def _measured(url: str, process: int, runs: Sequence[str]) -> list[tuple[str, ...]]:
    async with opened(url, "runs") as session:
        await _took(session, process, f"run={runs[1]}")  # what is loaded once in a process
        rows = [await _row(session, process, "opening", f"run={runs[-1]}")]
        for name, query in CLICKS.items():
            rows.append(await _row(session, process, name, f"run={runs[-1]}{query}"))
    return rows


async def _row(session: Session, process: int, name: str, query: str) -> tuple[str, ...]:
    first, *again = [await _took(session, process, query) for _ in range(TIMES + 1)]
    took = percentile([each.seconds for each in again], 0.5)
    cpu = sum(each.cpu for each in again) / len(again)
    return (name, _ms(first.seconds), _ms(first.cpu), _ms(took), _ms(cpu), f"{first.sent / 1000:,.0f} kB")


class Click(NamedTuple):
    """Seconds until all is drawn, the app's seconds of the processor, and the bytes that came."""

    seconds: float
    cpu: float
    sent: int


async def _took(session: Session, process: int, query: str) -> Click:
    session.query = query
    began, busy, size = time.perf_counter(), _busy(process), 0
    await session.rerun()
    async for _, message in session.drawn():
        size += message.ByteSize()
    return Click(time.perf_counter() - began, _busy(process) - busy, size)


def _busy(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
