"""Many tabs at once: what each of them waits for its words."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from tests.bench._relay import FIRST, Passed, Relay
from tests.bench._session import Session, opened

STREAMS, CLICKERS, WORDS, QUESTIONS = 50, 5, 200, 2
SPREAD = 10.0
"""Seconds over which the tabs begin: as long as an answer takes, so that then they all stream at once."""


def mark(tab: int, question: int) -> str:
    """The words by which a tab's question is known."""
    return f"Tab {tab}, question {question}?"


@dataclass
class Load:
    """Seconds from a delta's passing to the tab's holding it; deltas that never came; share of a core."""

    lags: list[float]
    lost: int
    cpu: float


async def load(url: str, relay: Relay, process: int, turns: int, streams: int = STREAMS) -> Load:
    """Ask in all tabs, while some others, each on a conversation of so many turns, click once a second."""
    found = Load([], 0, 0.0)
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(opened(url)) for _ in range(CLICKERS)]
        await asyncio.gather(*(_talk(session, turns) for session in others))
        tabs = [await stack.enter_async_context(opened(url)) for _ in range(streams)]
        clicking = [asyncio.create_task(_click(one, at / CLICKERS)) for at, one in enumerate(others)]
        await _spread([lambda mark, tab=tab: _app(tab, mark) for tab in tabs], relay, process, found)
        for task in clicking:
            task.cancel()
    return found


async def bare(url: str, relay: Relay, process: int, streams: int) -> Load:
    """The same for the page of `_bare`, which does nothing but pass on what it is sent."""
    found = Load([], 0, 0.0)
    async with AsyncExitStack() as stack:
        tabs = [
            await stack.enter_async_context(connect(url.replace("http", "ws", 1), compression=None))
            for _ in range(streams)
        ]
        await _spread([lambda mark, tab=tab: _bare(tab, mark) for tab in tabs], relay, process, found)
    return found


Held = Iterable[tuple[float, str]]
"""Moments, and what stood there of the answer from then on."""


async def _spread(
    tabs: list[Callable[[str], Awaitable[Held]]], relay: Relay, process: int, found: Load
) -> None:
    """Ask in all tabs one question after the other, and compare what they held with what passed the relay."""

    async def talk(number: int, ask: Callable[[str], Awaitable[Held]]) -> None:
        await asyncio.sleep(SPREAD * number / len(tabs))
        for question in range(QUESTIONS):
            asked = mark(number, question)
            held = await ask(f"{asked} [[words {WORDS}]]")
            _compare(relay.call(asked.encode()), held, found)

    began, spent = time.monotonic(), cpu(process)
    await asyncio.gather(*(talk(number, ask) for number, ask in enumerate(tabs)))
    found.cpu = (cpu(process) - spent) / (time.monotonic() - began)


async def _app(tab: Session, text: str) -> Held:
    await tab.ask(text)
    return [
        (now, message.delta.new_element.markdown.body)
        async for now, message in tab.drawn()
        if message.delta.new_element.markdown.body.startswith(FIRST)
    ]


async def _bare(tab: ClientConnection, text: str) -> Held:
    await tab.send(json.dumps({"column": 0, "text": text}))
    held = []
    while "over" not in (message := json.loads(await tab.recv())):
        held.append((time.time(), message["text"]))
    return held


def cpu(process: int) -> float:
    """Seconds of processor time that a process has spent."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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


def _compare(call: Passed, drawn: Held, found: Load) -> None:
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
