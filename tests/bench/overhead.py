"""What the whole engine adds to a call, against the bare async SDK on the same simulated server.

20 streams at once, 200 deltas each, in turn through the bare SDK (`create(stream=True)`, on its default
transport and over aiohttp) and through the engine with its database: once as traffic comes, each stream
followed by the next; once with all 20 begun in the same instant; once as fast as the server sends.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.bench._bench import percentile, simulated, table
from tests.bench._engine import DELTAS, MODEL, QUESTION, Stream, whole_engine

STREAMS, CALLS, ROUNDS = 20, 3, 5


@dataclass
class Arm:
    """One way to make calls, and what it took."""

    stream: Stream
    first: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def main(arguments: list[str]) -> None:
    paced = ("--first-token", "0.1", "--interval", "0.01")
    for name, sim, pause in (
        ("10 ms between deltas, starts spread", paced, 2.1 / STREAMS),
        ("10 ms between deltas, all begun in the same instant", paced, 0.0),
        ("as fast as the server sends, starts spread", ("--speed", "0"), 0.01),
    ):
        with simulated(*sim) as url:
            arms = asyncio.run(_measure(url, pause))
        calls = STREAMS * CALLS * ROUNDS
        print(f"\n{STREAMS} streams at once, {DELTAS} deltas each, {name}; {calls} calls a row\n")
        _show(arms)


def _show(arms: dict[str, Arm]) -> None:
    base = arms["bare SDK"]
    rows = [("", "first token p50", "added", "p99", "added", "CPU a stream", "ratio")]
    for name, arm in arms.items():
        p50, p99 = (percentile(arm.first, share) * 1000 for share in (0.5, 0.99))
        over50 = p50 - percentile(base.first, 0.5) * 1000
        over99 = p99 - percentile(base.first, 0.99) * 1000
        cpu, base_cpu = (percentile(one.cpu, 0.5) * 1000 for one in (arm, base))
        row = (f"{p50:.1f} ms", f"{over50:+.1f} ms", f"{p99:.1f} ms", f"{over99:+.1f} ms")
        rows.append((name, *row, f"{cpu:.2f} ms", f"{cpu / base_cpu:.2f}"))
    table(rows)


async def _measure(url: str, pause: float) -> dict[str, Arm]:
    async with (
        _bare(url, aiohttp=False) as bare,
        _bare(url, aiohttp=True) as over_aiohttp,
        whole_engine(url) as engine,
    ):
        arms = {"bare SDK": Arm(bare), "bare SDK, aiohttp": Arm(over_aiohttp), "engine": Arm(engine)}
        for arm in arms.values():
            await asyncio.gather(*(arm.stream() for _ in range(STREAMS)))  # connections, lazy models
        gc.collect()
        gc.freeze()
        for _ in range(ROUNDS):
            for arm in arms.values():
                began = time.process_time()
                await asyncio.gather(*(_worker(arm, number * pause) for number in range(STREAMS)))
                await asyncio.sleep(0.1)  # the writer thread's last commits belong to this round
                arm.cpu.append((time.process_time() - began) / STREAMS / CALLS)
        return arms


async def _worker(arm: Arm, delay: float) -> None:
    await asyncio.sleep(delay)
    for _ in range(CALLS):
        arm.first.append(await arm.stream())


@asynccontextmanager
async def _bare(url: str, aiohttp: bool) -> AsyncGenerator[Stream, None]:
    import anthropic

    make = anthropic.DefaultAioHttpClient if aiohttp else anthropic.DefaultAsyncHttpxClient
    async with anthropic.AsyncAnthropic(
        api_key="bench", base_url=url, max_retries=0, http_client=make(trust_env=False)
    ) as client:

        async def stream() -> float:
            began, first = time.perf_counter(), 0.0
            events = await client.messages.create(
                model=MODEL, max_tokens=1024, messages=[{"role": "user", "content": QUESTION}], stream=True
            )
            count = 0
            async for event in events:
                if event.type == "content_block_delta" and event.delta.type == "text_delta":
                    first = first or time.perf_counter() - began
                    count += 1
            assert count == DELTAS, count
            return first

        yield stream
