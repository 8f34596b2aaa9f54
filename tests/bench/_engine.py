"""The whole engine over a simulated server, as the benchmarks call it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

from lab import engine, models
from lab.config import Settings
from lab.models import Endpoint
from lab.providers import Providers
from lab.store import Store
from lab.types import Caller, Origin, Request, Text, new_id

DELTAS = 200
MODEL = "claude-sonnet-4-6"
QUESTION = f"[[words {DELTAS}]] How do I reset my password?"

Stream = Callable[[], Awaitable[float]]
"""Makes one call to its end; gives the seconds to its first token."""


def request() -> Request:
    """The question, anew."""
    return Request(
        id=new_id(),
        model=MODEL,
        messages=({"role": "user", "content": QUESTION},),
        max_tokens=1024,
        origin=Origin("load", "bench"),
    )


@asynccontextmanager
async def opened(url: str, **settings: Any) -> AsyncGenerator[tuple[Caller, Path], None]:
    """The engine with a database of its own: how to call it, and the database's file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lab.db"
        store = Store(file)
        chosen = Settings(user="bench", **settings)
        lab = engine.Lab(chosen, store, models.catalogue(), {}, Endpoint("anthropic", url))
        async with engine.opened(lab, Providers(lab.settings)) as call:
            yield call, file
        store.close()


@asynccontextmanager
async def whole_engine(url: str) -> AsyncGenerator[Stream, None]:
    """A call through all layers, its rows included."""
    async with opened(url) as (call, _):

        async def stream() -> float:
            began, first, count = time.perf_counter(), 0.0, 0
            async with aclosing(call(request())) as events:
                async for event in events:
                    if type(event) is Text:
                        first = first or time.perf_counter() - began
                        count += 1
            assert count == DELTAS, count
            return first

        yield stream
