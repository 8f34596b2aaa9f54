"""A simulator in this loop and the real SDK in front of it."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anthropic

from lab import sim
from lab.models import catalogue
from lab.sim import checks, message, prompt, skill

TLS = ssl.create_default_context()  # made once: it is most of what a client costs
OLD, NEW = "claude-haiku-4-5", "claude-opus-5-5"


@asynccontextmanager
async def lab_sim(**options: Any) -> AsyncIterator[tuple[sim.Server, anthropic.AsyncAnthropic]]:
    server = await sim.serve(**{"speed": 0, **options})
    client = anthropic.AsyncAnthropic(
        api_key="sim",
        base_url=server.url,
        max_retries=0,
        http_client=anthropic.DefaultAsyncHttpxClient(trust_env=False, verify=TLS),
    )
    try:
        yield server, client
    finally:
        await client.close()
        await server.close()


def run(test: Callable[[sim.Server, anthropic.AsyncAnthropic], Awaitable[Any]], **options: Any) -> Any:
    """What the test gives, with a fresh simulator at full speed."""

    async def inside() -> Any:
        async with lab_sim(**options) as (server, client):
            return await test(server, client)

    return asyncio.run(inside())


def question(text: str = "Which way is up?", **fields: Any) -> dict[str, Any]:
    """The arguments of messages.create for one question."""
    asked = {"model": OLD, "max_tokens": 500, "messages": [{"role": "user", "content": text}]}
    return {**asked, **fields}


async def events(client: anthropic.AsyncAnthropic, text: str = "Which way?", **fields: Any) -> list[Any]:
    """All raw events of a stream."""
    stream = await client.messages.create(**question(text, **fields), stream=True)
    return [event async for event in stream]


def texts(found: list[Any]) -> list[str]:
    """The text deltas among events."""
    deltas = [event.delta for event in found if event.type == "content_block_delta"]
    return [delta.text for delta in deltas if delta.type == "text_delta"]


async def until(holds: Callable[[], bool]) -> None:
    """Waits for something the server notices by itself, such as a lost client."""
    for _ in range(2000):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came true")


async def raw(server: sim.Server, data: bytes) -> bytes:
    """What the server sends until it closes, for these bytes on a bare socket."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(data)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


def asking(
    system: str, text: str = "Hello", *turns: tuple[str, str], schema: Any = None, model: str = NEW
) -> dict:
    """A body, as the checks leave it."""
    messages = [
        message
        for asked, said in turns
        for message in ({"role": "user", "content": asked}, {"role": "assistant", "content": said})
    ]
    body = {"model": model, "max_tokens": 900, "messages": [*messages, {"role": "user", "content": text}]}
    output = (
        {"output_config": {"format": {"type": "json_schema", "schema": schema}}} if schema is not None else {}
    )
    return checks.parsed(json.dumps({**body, "system": system or None, **output}).encode())


def said(*args: Any, seed: int = 0, repeat: int = 1, **options: Any) -> str:
    """The text of the answer."""
    body = asking(*args, **options)
    model = catalogue()[body["model"]]
    luck = skill.chance(body, prompt.blocks(body), seed, repeat)
    return message.message(body, model, {}, {}, luck).json["content"][-1]["text"]


def steady(*args: Any, **options: Any) -> str:
    """What is said most often, over seeds: the answer without the slips."""
    found = [said(*args, seed=seed, **options) for seed in range(9)]
    return max(set(found), key=found.count)
