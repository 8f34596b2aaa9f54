"""Streams that are not as they should be: what servers and proxies in between make of one."""

from __future__ import annotations

import json
from collections.abc import Callable

from lab.sim.events import event
from lab.sim.faults import Orders

HALF = b'event: content_block_delta\ndata: {"type": "content_block_de'
MALFORMED = b'event: content_block_delta\ndata: {"type": \n\n'
NOVEL = "from_the_future"

Garble = Callable[[bytes], bytes]


def garble(orders: Orders) -> Garble | None:
    """What is done to each event before it goes out, where the orders want anything of the kind."""
    steps = [step for verb, step in _STEPS.items() if verb in orders]

    def garbled(data: bytes) -> bytes:
        for step in steps:
            data = step(data)
        return data

    return garbled if steps else None


def _uncounted(data: bytes) -> bytes:
    """Without usage, as some compatible servers have it."""
    name, body = _read(data)
    body.pop("usage", None)
    body.get("message", {}).pop("usage", None)
    return event(**body) if name in ("message_start", "message_delta") else data


def _unknown(data: bytes) -> bytes:
    """With an event, a delta and a stop reason of which nobody has heard yet."""
    name, body = _read(data)
    if name == "content_block_start":
        delta = {"type": f"{NOVEL}_delta", NOVEL: "?"}
        return data + event(NOVEL) + event("content_block_delta", index=body["index"], delta=delta)
    if name == "message_delta":
        return event(**{**body, "delta": {**body["delta"], "stop_reason": NOVEL}})
    return data


def _nameless(data: bytes) -> bytes:
    """Data alone, without the line that names the event."""
    return b"".join(line for line in data.splitlines(keepends=True) if not line.startswith(b"event:"))


def _read(data: bytes) -> tuple[str, dict]:
    body = json.loads(data.split(b"data: ", 1)[1])
    return body["type"], body


_STEPS: dict[str, Garble] = {"uncounted": _uncounted, "unknown": _unknown, "nameless": _nameless}
