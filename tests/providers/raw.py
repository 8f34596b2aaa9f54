"""A server that sends exactly the bytes it is told to, and the API's stream in bytes."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from lab.config import Settings
from lab.endpoints import Endpoint
from lab.errors import LabError
from lab.providers import Providers
from lab.types import Connected, Done, Event, Origin, Reply, Request, new_id

RESET, HANG = object(), object()
"""In place of bytes: reset the connection; keep it open and say nothing more."""

KEY = "sk-canary-0123456789"
KEY_VARIABLE = "CANARY_KEY"
SSE = {"content-type": "text/event-stream; charset=utf-8", "request-id": "req_1"}


def event(type: str, **fields: Any) -> bytes:
    """One server-sent event."""
    return f"event: {type}\ndata: {json.dumps({'type': type, **fields})}\n\n".encode()


def head(status: int = 200, headers: Mapping[str, str] = SSE) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "\r\n"]).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def begun(*events: bytes, headers: Mapping[str, str] = SSE) -> bytes:
    """The beginning of a stream, in chunks."""
    return head(200, {**headers, "transfer-encoding": "chunked"}) + b"".join(map(chunk, events))


def streamed(*events: bytes, headers: Mapping[str, str] = SSE) -> bytes:
    """A stream that ends as HTTP wants it."""
    return begun(*events, headers=headers) + b"0\r\n\r\n"


def whole(status: int, body: Any, headers: Mapping[str, str] = {}) -> bytes:
    """A JSON answer, or one of these very bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return head(status, {"content-type": "application/json", "content-length": len(data), **headers}) + data


def error(type: str, message: str = "No.") -> dict[str, Any]:
    return {"type": "error", "error": {"type": type, "message": message}}


USAGE = {"input_tokens": 10, "output_tokens": 1}
START = event("message_start", message={"id": "msg_1", "model": "some-model", "usage": USAGE})
TEXT = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
STOP = event("content_block_stop", index=0)
GOODBYE = event("message_stop")


def delta(type: str, **fields: Any) -> bytes:
    return event("content_block_delta", index=0, delta={"type": type, **fields})


def said(text: str) -> bytes:
    return delta("text_delta", text=text)


def end(stop_reason: str | None = "end_turn", **usage: Any) -> bytes:
    usage = {"output_tokens": 2, **usage}
    return event("message_delta", delta={"stop_reason": stop_reason, "stop_sequence": None}, usage=usage)


ANSWER = (START, TEXT, said("Hel"), said("lo"), STOP, end(), GOODBYE)
MIDDLE = (START, TEXT, said("a"))


def request(**fields: Any) -> Request:
    messages = ({"role": "user", "content": "Hello"},)
    usual = {"model": "some-model", "messages": messages, "max_tokens": 100, "origin": Origin("api", "me")}
    return Request(**{"id": new_id(), **usual, **fields})


async def taken(reader: asyncio.StreamReader) -> bytes:
    """The next request."""
    asked = await reader.readuntil(b"\r\n\r\n")
    size = re.search(rb"content-length: (\d+)", asked.lower())
    return asked + await reader.readexactly(int(size[1]) if size else 0)


@asynccontextmanager
async def server(*answers: Sequence[Any]) -> AsyncIterator[tuple[str, list[bytes]]]:
    """(its base URL, the requests so far). The first request gets the first answer, the last one the rest;
    an answer is bytes, RESET and HANG in turn, and the connection closes after it.
    """
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            requests.append(await taken(reader))
            for part in answers[min(len(requests), len(answers)) - 1]:
                if part is HANG:
                    await reader.read()
                elif part is RESET:
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    writer.transport.abort()
                else:
                    writer.write(part)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", requests
    finally:
        listener.close()


async def events(url: str, asked: Request | None = None, **settings: Any) -> list[Event]:
    """What one attempt at this address gives, with the canary's key; but for its connection."""
    providers = Providers(Settings(**settings))
    try:
        provider = providers.of(Endpoint("raw", url, KEY_VARIABLE))
        return [event async for event in provider(asked or request()) if type(event) is not Connected]
    finally:
        await providers.close()


def answered(*answer: Any, asked: Request | None = None, **settings: Any) -> list[Event]:
    """The events of one attempt at a server that answers so."""

    async def ask() -> list[Event]:
        async with server(answer) as (url, _):
            return await events(url, asked, **settings)

    return asyncio.run(ask())


async def attempt(url: str, **settings: Any) -> tuple[list[Event], LabError]:
    """The events of an attempt, and the error that must follow them."""
    providers, seen = Providers(Settings(**settings)), []
    try:
        async for one in providers.of(Endpoint("raw", url, KEY_VARIABLE))(request()):
            seen.append(one)
    except LabError as error:
        return seen, error
    finally:
        await providers.close()
    raise AssertionError("it came to a good end")


def failed(*answer: Any, **settings: Any) -> tuple[list[Event], LabError]:
    """What an attempt at a server that answers so gives, up to its error; and that it asked once."""

    async def ask() -> tuple[list[Event], LabError]:
        async with server(answer) as (url, requests):
            found = await attempt(url, **settings)
            assert len(requests) == 1
            return found

    return asyncio.run(ask())


def replied(*events: bytes, headers: Mapping[str, str] = SSE) -> Reply:
    """The reply put together from these events."""
    last = answered(streamed(*events, headers=headers))[-1]
    assert isinstance(last, Done)
    return last.reply
