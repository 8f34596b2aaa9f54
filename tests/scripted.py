"""A server for pages and commands that answers the Messages API with a script of whole messages."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tests.providers.raw import GOODBYE, START, event, server, streamed

Block = Mapping[str, Any]


def text(words: str) -> Block:
    return {"type": "text", "text": words}


def message(*content: Block, stop_reason: str = "end_turn", **end: Any) -> bytes:
    """A whole answer as a stream, each block in one piece."""
    events = [START]
    for index, block in enumerate(content):
        whole, pieces = dict(block), []
        if block["type"] == "tool_use":
            whole["input"] = {}
            pieces = [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
        elif block["type"] == "text":
            whole["text"] = ""
            pieces = [{"type": "text_delta", "text": block["text"]}]
        events.append(event("content_block_start", index=index, content_block=whole))
        events += [event("content_block_delta", index=index, delta=piece) for piece in pieces]
        events.append(event("content_block_stop", index=index))
    delta = {"stop_reason": stop_reason, "stop_sequence": None, **end}
    events.append(event("message_delta", delta=delta, usage={"output_tokens": 9}))
    return streamed(*events, GOODBYE)


@contextmanager
def played(*answers: bytes | Sequence[Any]) -> Iterator[tuple[str, Sequence[Any]]]:
    """(the server's base URL, the bodies it was sent so far). The last answer is for all further ones."""
    loop, ready, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: dict[str, Any] = {}

    async def play() -> None:
        async with server(*([one] if isinstance(one, bytes) else one for one in answers)) as (url, requests):
            found.update(url=url, requests=requests)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(play()))
    thread.start()
    ready.wait()
    try:
        yield found["url"], Bodies(found["requests"])
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


class Bodies(Sequence[Any]):
    """The JSON bodies of requests that come meanwhile."""

    def __init__(self, requests: list[bytes]) -> None:
        self._requests = requests

    def __getitem__(self, at: Any) -> Any:
        return json.loads(self._requests[at].partition(b"\r\n\r\n")[2])

    def __len__(self) -> int:
        return len(self._requests)
