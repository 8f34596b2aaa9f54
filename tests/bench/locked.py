"""What a stream feels when another process holds the database for 2 seconds.

10 streams with a delta every 10 ms; the longest pause between two deltas, as the reader sees it, with the
database free and with it held exclusively in the middle of the streams.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import aclosing
from pathlib import Path

from lab.types import Caller, Text
from tests.bench._bench import percentile, simulated, table
from tests.bench._engine import DELTAS, opened, request

STREAMS, HELD, ROUNDS = 10, 2.0, 3
HOLD = """
import sys, time
from lab.store.sqlite import connect
db = connect(__import__("pathlib").Path(sys.argv[1]))
db.execute("BEGIN EXCLUSIVE"); time.sleep(float(sys.argv[2])); db.execute("ROLLBACK")
"""


def main(arguments: list[str]) -> None:
    with simulated("--first-token", "0.1", "--interval", "0.015") as url:
        pauses = asyncio.run(_measure(url))
    base = max(pauses["free"])
    rows = [("database", "deltas", "pause p50", "p99", "longest", "ratio of longest")]
    for name, values in pauses.items():
        p50, p99, most = (
            f"{v * 1000:.1f} ms" for v in (percentile(values, 0.5), percentile(values, 0.99), max(values))
        )
        rows.append((name, f"{len(values):,}", p50, p99, most, f"{max(values) / base:.2f}"))
    table(rows)


async def _measure(url: str) -> dict[str, list[float]]:
    pauses: dict[str, list[float]] = {"free": [], f"held {HELD:g} s": []}
    async with opened(url) as (call, file):
        await _streams(call, None)
        for _ in range(ROUNDS):
            for name, holder in zip(pauses, (None, file), strict=True):
                pauses[name] += await _streams(call, holder)
    return pauses


async def _streams(call: Caller, file: Path | None) -> list[float]:
    begun = asyncio.Event()
    tasks = [asyncio.create_task(_stream(call, begun)) for _ in range(STREAMS)]
    await begun.wait()
    command = [sys.executable, "-c", HOLD, str(file), str(HELD)]
    holder = await asyncio.create_subprocess_exec(*command) if file else None
    pauses = [pause for stream in await asyncio.gather(*tasks) for pause in stream]
    if holder:
        await holder.wait()
    return pauses


async def _stream(call: Caller, begun: asyncio.Event) -> list[float]:
    pauses, last = [], None
    async with aclosing(call(request())) as events:
        async for event in events:
            if type(event) is Text:
                now = time.perf_counter()
                if last is not None:
                    pauses.append(now - last)
                elif not begun.is_set():
                    begun.set()
                last = now
    assert len(pauses) == DELTAS - 1, len(pauses)
    return pauses
