"""Hundreds of streams at once in one process, through the whole engine and through the bare async SDK.

60 deltas each, ten a second, begun within a second: whether all come to their end word for word, how far
apart their deltas arrive, and what processor time each delta takes. `python -m tests.bench streams`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from lab.store import sqlite
from lab.types import Text
from tests.bench._bench import percentile, simulated, table
from tests.bench._engine import MODEL, opened, request
from tests.store.processes import until

DELTAS, INTERVAL, SPREAD, ROUNDS = 60, 0.1, 1.0, 1
SIZES = (100, 300, 500)

Stream = Callable[[str, list[float]], Awaitable[str]]
"""Asks a question, notes when each delta came, gives the answer."""


@dataclass
class Arm:
    """One way to make calls, and what it took."""

    stream: Stream
    gaps: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    whole: int = 0
    of: int = 0


def main(arguments: list[str]) -> None:
    rows = [("streams", "", "whole", "gap p50", "p99", "to the server's", "CPU a delta", "ratio")]
    for size in SIZES:
        with simulated("--first-token", "0.2", "--interval", str(INTERVAL)) as url:
            arms = asyncio.run(_measure(url, size))
        base = percentile(arms["bare SDK"].cpu, 0.5)
        for name, arm in arms.items():
            p50, p99, cpu = percentile(arm.gaps, 0.5), percentile(arm.gaps, 0.99), percentile(arm.cpu, 0.5)
            gaps = (f"{p50 * 1000:.1f} ms", f"{p99 * 1000:.1f} ms", f"{p50 / INTERVAL:.2f}")
            spent = (f"{cpu * 1e6:.0f} µs", f"{cpu / base:.2f}")
            rows.append((f"{size}", name, f"{arm.whole:,} of {arm.of:,}", *gaps, *spent))
    table(rows)


async def _measure(url: str, size: int) -> dict[str, Arm]:
    async with _bare(url) as bare, _engine(url) as engine:
        arms = {"bare SDK": Arm(bare), "engine": Arm(engine)}
        for arm in arms.values():
            await arm.stream("Ready?", [])
        gc.collect()
        gc.freeze()
        for number in range(ROUNDS):
            for arm in arms.values():
                began = time.process_time()
                await asyncio.gather(*(_one(arm, f"{number}.{each}", each / size) for each in range(size)))
                arm.cpu.append((time.process_time() - began) / size / DELTAS)
        return arms


async def _one(arm: Arm, name: str, at: float) -> None:
    await asyncio.sleep(at * SPREAD)
    times: list[float] = []
    answer = await arm.stream(f"Question {name}?", times)
    arm.of += 1
    arm.whole += len(times) == len(answer.split()) == DELTAS
    arm.gaps += (later - earlier for earlier, later in zip(times, times[1:], strict=False))


@asynccontextmanager
async def _engine(url: str) -> AsyncGenerator[Stream, None]:
    """All layers; what arrived must stand word for word in the database in the end."""
    answers: dict[str, str] = {}
    async with opened(url) as (call, file):

        async def stream(question: str, times: list[float]) -> str:
            asked, parts = request(), []
            text = f"[[words {DELTAS}]] {question}"
            asked = replace(asked, messages=({"role": "user", "content": text},))
            async with aclosing(call(asked)) as events:
                async for event in events:
                    if type(event) is Text:
                        times.append(time.perf_counter())
                        parts.append(event.text)
            answers[asked.id] = "".join(parts)
            return answers[asked.id]

        yield stream
        await asyncio.to_thread(until, lambda: len(_kept(file)) == len(answers))
        assert _kept(file) == answers


def _kept(file: Path) -> dict[str, str]:
    with closing(sqlite.connect(file)) as connection:
        rows = connection.execute("SELECT calls.id, body FROM calls JOIN texts ON texts.id = answer_id")
        return {id: json.loads(body)[0]["text"] for id, body in rows}


@asynccontextmanager
async def _bare(url: str) -> AsyncGenerator[Stream, None]:
    import anthropic

    http = anthropic.DefaultAsyncHttpxClient(trust_env=False)
    async with anthropic.AsyncAnthropic(
        api_key="bench", base_url=url, max_retries=0, http_client=http
    ) as client:

        async def stream(question: str, times: list[float]) -> str:
            parts, text = [], f"[[words {DELTAS}]] {question}"
            asked = [{"role": "user", "content": text}]
            async for event in await client.messages.create(
                model=MODEL, max_tokens=1024, messages=asked, stream=True
            ):
                if event.type == "content_block_delta" and event.delta.type == "text_delta":
                    times.append(time.perf_counter())
                    parts.append(event.delta.text)
            return "".join(parts)

        yield stream
