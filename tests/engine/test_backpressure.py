"""A reader who does not read holds the server back; nothing piles up here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from lab.engine import build
from lab.models import Endpoint
from lab.providers import Providers
from lab.store import Store
from lab.types import Done, Text
from tests.engine.kit import lab_of, request, row
from tests.providers import raw

PIECE = raw.event(
    "content_block_delta", index=0, delta={"type": "text_delta", "text": "x"}, padding="y" * 8000
)
PIECES = 2_000
"""16 MB, more than sockets and transports hold between them."""
MOST = 8 * 2**20


class Faucet:
    """A server with a very long answer, that knows how much of it went out."""

    def __init__(self) -> None:
        self.sent = 0
        self.stuck = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await raw.taken(reader)
        writer.write(raw.begun(raw.START, raw.TEXT))
        for _ in range(PIECES):
            writer.write(raw.chunk(PIECE))
            full = asyncio.get_running_loop().call_later(0.3, self.stuck.set)
            await writer.drain()  # waits for the client
            full.cancel()
            self.sent += len(PIECE)
        self.stuck.set()
        writer.write(b"".join(map(raw.chunk, (raw.STOP, raw.end(), raw.GOODBYE))) + b"0\r\n\r\n")
        writer.close()


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[Faucet, str]]:
    faucet = Faucet()
    server = await asyncio.start_server(faucet.serve, "127.0.0.1", 0)
    yield faucet, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


def test_a_reader_who_stops_reading_stops_the_server(store: Store) -> None:
    async def read() -> tuple[int, str, tuple[int, int]]:
        async with opened() as (faucet, url):
            lab = lab_of(store, Endpoint("test", url), total_timeout=600.0)
            providers = Providers(lab.settings)
            call, texts = build(lab, lambda asked: providers.of(lab.home)(asked)), 0
            asked = request(max_tokens=100_000)
            async with aclosing(call(asked)) as events:
                while type(await anext(events)) is not Text:
                    pass
                await faucet.stuck.wait()  # somebody waits, and nothing else happens
                held = faucet.sent
                async for event in events:
                    texts += type(event) is Text
                    if type(event) is Done:
                        whole = len(event.reply.content[0]["text"])
            await providers.close()
            return held, row(lab, asked)["state"], (texts + 1, whole)

    held, state, came = asyncio.run(read())
    assert held < MOST < PIECES * len(PIECE)
    assert (state, came) == ("ok", (PIECES, PIECES))
