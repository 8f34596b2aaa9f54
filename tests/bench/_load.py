"""Many tabs at once: what each of them waits for its words."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.bench._relay import FIRST, Passed, Relay
from tests.bench._session import Session, opened

STREAMS, CLICKERS, WORDS, QUESTIONS = 50, 5, 200, 2
SPREAD = 10.0
"""Seconds over which the tabs begin: as long as an answer takes, so that then they all stream at once."""


@dataclass
class Load:
    """Seconds from a delta's passing to the tab's holding it; deltas that never came; share of a core."""

    lags: list[float]
    lost: int
    cpu: float


async def load(url: str, relay: Relay, process: int, turns: int) -> Load:
    """Ask in all tabs, while some others, each on a conversation of so many turns, click once a second."""
    found = Load([], 0, 0.0)
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(opened(url)) for _ in range(CLICKERS)]
        await asyncio.gather(*(_talk(session, turns) for session in others))
        tabs = [await stack.enter_async_context(opened(url)) for _ in range(STREAMS)]
        clicking = [asyncio.create_task(_click(one, at / CLICKERS)) for at, one in enumerate(others)]
        began, spent = time.monotonic(), cpu(process)
        await asyncio.gather(*(_stream(tab, number, relay, found) for number, tab in enumerate(tabs)))
        found.cpu = (cpu(process) - spent) / (time.monotonic() - began)
        for task in clicking:
            task.cancel()
    return found


def cpu(process: int) -> float:
    """Seconds of processor time that a process has spent."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _stream(tab: Session, number: int, relay: Relay, found: Load) -> None:
    """Ask one question after the other, and compare what the tab held with what passed the relay."""
    await asyncio.sleep(SPREAD * number / STREAMS)
    for question in range(QUESTIONS):
        mark = f"Tab {number}, question {question}?"
        await tab.ask(f"{mark} [[words {WORDS}]]")
        held = [
            (now, message.delta.new_element.markdown.body)
            async for now, message in tab.drawn()
            if message.delta.new_element.markdown.body.startswith(FIRST)
        ]
        _compare(relay.call(mark.encode()), held, found)


async def _talk(session: Session, turns: int) -> None:
    for number in range(turns):
        await session.ask(f"Turn {number}? [[words 20]]")
        async for _ in session.drawn():
            pass


async def _click(session: Session, delay: float) -> None:
    await asyncio.sleep(delay)
    while True:
        took = await session.run()
        await asyncio.sleep(max(0.0, 1 - took))


def _compare(call: Passed, drawn: list[tuple[float, str]], found: Load) -> None:
    """Add what one answer's deltas waited for, and how many of them the tab did not hold in the end."""
    answer, at, length = call.text, 0, 0
    held = [(now, text) for now, text in drawn if answer.startswith(text)]  # the others are earlier answers
    for passed, text in call.deltas:
        length += len(text)
        while at < len(held) and len(held[at][1]) < length:
            at += 1
        if at == len(held) or len(held[-1][1]) < length:
            found.lost += 1
        else:
            found.lags.append(held[at][0] - passed)
