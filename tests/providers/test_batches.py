"""Message Batches on the wire: what is no text of ours, what goes wrong, and where the key goes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from lab.config import Settings
from lab.endpoints import Endpoint
from lab.errors import BadInput, CallError, LabError
from lab.providers import Batches, Providers

MESSAGE = {
    "id": "msg_1", "model": "m", "stop_reason": "end_turn", "content": [{"type": "text", "text": "a\u2028b"}],
    "usage": {"input_tokens": 3, "output_tokens": 4},
}  # fmt: skip
LINES = [
    {"custom_id": "a-1", "result": {"type": "succeeded", "message": MESSAGE}},
    {"custom_id": "b-1", "result": {"type": "expired"}},
    {"custom_id": "c-1", "result": {"type": "canceled"}},
    {"custom_id": "d-1", "result": {"type": "errored", "error": {"error": {"type": "overloaded_error"}}}},
    {
        "custom_id": "e-1",
        "result": {"type": "errored", "error": {"error": {"type": "invalid_request_error"}}},
    },
    {"custom_id": "f-1", "result": {"type": "errored", "error": {}}},
]


def against(body: bytes, test: Callable[[Batches], Awaitable[Any]], status: int = 200) -> list[str]:
    """The paths that were asked for at a server that always answers this."""
    paths = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        paths.append(head.split()[1].decode())
        length = f"content-length: {len(body)}\r\nconnection: close\r\n"
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{length}\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async def inside() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1")
        where = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        providers = Providers(Settings())
        try:
            await test(await providers.of(Endpoint("x", where)).batches())
        finally:
            await providers.close()
            server.close()

    asyncio.run(inside())
    return paths


def test_each_result_is_a_line_whatever_its_text_holds() -> None:
    async def test(there: Batches) -> None:
        found = {each.custom_id[0]: each async for each in there.results("msgbatch_1")}
        assert found["a"].reply.content == ({"type": "text", "text": "a\u2028b"},)
        assert (found["a"].reply.source, found["a"].reply.usage.service_tier) == ("batch", "batch")
        errors = {name: each.error for name, each in found.items() if each.error}
        assert {name: error.state for name, error in errors.items()} == {
            "b": "failed", "c": "cancelled", "d": "failed", "e": "failed", "f": "failed",
        }  # fmt: skip
        assert {name for name, each in found.items() if each.again} == {"d", "f"}

    body = "\n".join(json.dumps(each, ensure_ascii=False) for each in LINES).encode()
    assert against(body, test) == ["/v1/messages/batches/msgbatch_1/results"]


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (404, b"{}", CallError, "has no Message Batches"),
        (501, b"no", CallError, "Make it without a batch."),
        (200, b'{"id": 1}', LabError, "What the endpoint said of a batch is none"),
        (413, b"{}", CallError, "answered 413"),
    ],
)
def test_what_goes_wrong_when_one_is_made(status: int, body: bytes, kind: type, words: str) -> None:
    async def test(there: Batches) -> None:
        with pytest.raises(kind, match=words):
            await there.create({})

    assert against(body, test, status) == ["/v1/messages/batches"]


def test_results_that_are_none_are_an_error() -> None:
    async def test(there: Batches) -> None:
        with pytest.raises(CallError, match="something that the Messages API does not"):
            [each async for each in there.results("x")]

    against(b"<html>", test)


def test_a_cloud_has_none() -> None:
    async def test() -> None:
        cloud = Endpoint("b", kind="bedrock", region="us-east-1")
        with pytest.raises(BadInput, match="Amazon Bedrock has no Message Batches here"):
            await Providers(Settings()).of(cloud).batches()

    asyncio.run(test())
