"""A simulated Claude API on this machine, for the real SDK to talk to. Its answers say what they are.

`python -m lab.sim` runs it as a process of its own; `serve` within a running event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from lab.sim.api import Api, Moment
from lab.sim.batches import Batches
from lab.sim.claude import Claude
from lab.sim.clock import Clock
from lab.sim.http import Connection
from lab.sim.limits import Limits
from lab.sim.skill import pacer
from lab.sim.stats import Stats


class Server:
    """A simulator that runs: where it listens (`url` is the SDK's base_url), and what it was asked so far."""

    def __init__(self, listener: asyncio.Server, tasks: set[asyncio.Task[None]], stats: Stats) -> None:
        self._listener, self._tasks, self.stats = listener, tasks, stats
        host, self.port = listener.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{self.port}"

    async def close(self) -> None:
        """Stops listening and drops every connection."""
        self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _passed(moment: str) -> None:
    pass


async def serve(
    port: int = 0, host: str = "127.0.0.1", *, speed: float = 1.0, first_token: float | None = None,
    interval: float | None = None, ping: float = 3.0, seed: int = 0,
    clock: Callable[[], float] = time.monotonic, limits: Mapping[str, int] = {},
    moment: Moment = _passed,
) -> Server:  # fmt: skip
    """Starts a simulator in the running loop; port 0 takes a free one.

    speed: 1 is like the real thing, each model at its own pace, 2 twice as fast, 0 without any wait but the
    ordered ones. first_token, interval, ping: seconds that hold whatever the speed.
    clock: seconds, by which cache entries, rate limits and batches age; `POST /clock` puts it forward.
    moment: told of the moments of batches, each of which lasts until it comes back.
    limits: a minute's "requests", "input-tokens" and "output-tokens"; without any, none is ever refused.
    """
    tasks, ours, stats = set[asyncio.Task[None]](), Clock(clock), Stats()
    claude, pace = Claude(ours, seed), pacer(speed, first_token, interval, ping)
    batches = Batches(claude, ours, stats, speed, tasks)
    app = Api(claude, ours, Limits(ours, limits), pace, batches, stats, moment)
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: Connection(app, tasks), host, port, backlog=1024)
    return Server(listener, tasks, app.stats)
