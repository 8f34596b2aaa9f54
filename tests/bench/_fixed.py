"""`python -m tests.bench._fixed SECONDS`: a server that answers every message in a fixed time, at no cost.

The simulated Claude makes its answers up word by word, which would be most of what a benchmark at full speed
measures. This one sends the same finished stream to whoever asks.
"""

from __future__ import annotations

import asyncio
import json
import sys

WORDS = 20
HEADERS = (
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nrequest-id: req_fixed\r\n"
    "anthropic-ratelimit-requests-limit: 1000000\r\nanthropic-ratelimit-requests-remaining: 999999\r\n"
    "anthropic-ratelimit-input-tokens-limit: 9000000\r\n"
    "anthropic-ratelimit-input-tokens-remaining: 8999000\r\n"
    "transfer-encoding: chunked\r\n\r\n"
)


def stream() -> bytes:
    """A whole answer of some words, each a delta, in the API's events."""
    usage = {"input_tokens": 40, "output_tokens": 1}
    message = {"id": "msg_fixed", "type": "message", "role": "assistant", "model": "claude-haiku-4-5"}
    message |= {"content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
    start = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": f"word{n} "}}
        for n in range(WORDS)
    ]
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}}
    events = [{"type": "message_start", "message": message}, start, *deltas]
    events += [{"type": "content_block_stop", "index": 0}, end | {"usage": {"output_tokens": WORDS}}]
    chunks = (f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in [*events, {"type": "message_stop"}])
    body = "".join(f"{len(chunk):x}\r\n{chunk}\r\n" for chunk in chunks)
    return f"{HEADERS}{body}0\r\n\r\n".encode()


class Fixed(asyncio.Protocol):
    """One connection: whole requests in, one answer each out."""

    def __init__(self, seconds: float, answer: bytes) -> None:
        self._seconds, self._answer, self._read = seconds, answer, b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, rest = self._read.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        if found and len(rest) >= int(length or 0):
            self._read = b""
            asyncio.get_running_loop().call_later(self._seconds, self._transport.write, self._answer)


async def main(seconds: float) -> None:
    loop, answer = asyncio.get_running_loop(), stream()
    server = await loop.create_server(lambda: Fixed(seconds, answer), "127.0.0.1", 0, backlog=1024)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
