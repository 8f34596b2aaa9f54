"""What stands between an app and the simulated Claude, passes everything on at once, and notes when."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CALL = b"POST /v1/messages "
FIRST = "This"
"""How every simulated answer begins, and nothing else in these pages."""


@dataclass
class Passed:
    """One call on its way: what was asked (head and body), and each text delta with the moment it passed.

    Moments are seconds of `time.time()`, which a browser's clock can be compared with. `closed` is when the
    app gave the connection up before the answer was over.
    """

    asked: bytearray = field(default_factory=bytearray)
    deltas: list[tuple[float, str]] = field(default_factory=list)
    over: bool = False
    closed: float | None = None
    _rest: bytes = b""

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.deltas)

    def answered(self, now: float, data: bytes) -> None:
        """Take in what the server sent; each of its events comes as a chunk of its own."""
        *events, self._rest = (self._rest + data).split(b"\n\n")
        for event in events:
            if b'"text_delta"' in event:
                delta = json.loads(event.rpartition(b"data: ")[2])["delta"]
                self.deltas.append((now, delta["text"]))
            elif b"event: message_stop" in event:
                self.over = True


class Relay:
    """Listens at `url` for an app, and notes its calls in the order they were made."""

    def __init__(self, upstream: str) -> None:
        self._host, _, port = upstream.removeprefix("http://").partition(":")
        self._port = int(port)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = asyncio.Event()
        self.calls: list[Passed] = []
        self.url = ""

    def call(self, mark: bytes) -> Passed:
        """The newest call that asked with these words."""
        return next(call for call in reversed(self.calls) if mark in call.asked)

    async def serve(self, listening: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        listening.set()
        await self._ending.wait()

    def close(self) -> None:
        """End it, from any thread, and drop what is open."""
        self._loop.call_soon_threadsafe(self._ending.set)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_connection(self._host, self._port)
        passing: list[Passed] = []
        back = asyncio.create_task(self._back(answers, writer, passing))
        with suppress(OSError):
            while data := await reader.read(2**16):
                if data.startswith(CALL):
                    passing.append(Passed())
                    self.calls.append(passing[-1])
                if passing:
                    passing[-1].asked += data
                server.write(data)
        if passing and not passing[-1].over:
            passing[-1].closed = time.time()
        server.close()
        with suppress(OSError, asyncio.CancelledError):
            await back

    async def _back(
        self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter, passing: list[Passed]
    ) -> None:
        with suppress(OSError):
            while data := await answers.read(2**16):
                now = time.time()
                writer.write(data)
                if passing:
                    passing[-1].answered(now, data)
        writer.close()


@contextmanager
def relayed(upstream: str) -> Iterator[Relay]:
    """A relay to this server, in a thread of its own."""
    relay, listening = Relay(upstream), threading.Event()
    threading.Thread(target=lambda: asyncio.run(relay.serve(listening)), daemon=True).start()
    listening.wait()
    yield relay
    relay.close()
