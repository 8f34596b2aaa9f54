"""A message as server-sent events, in time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from lab.sim.faults import Orders
from lab.sim.http import Json
from lab.sim.skill import Pace

_encode = json.JSONEncoder().encode  # for json.dumps looks at its arguments every time
BEFORE_START = 0.75  # the share of the wait for the first token that passes before message_start
STOP = ("stop_reason", "stop_sequence", "stop_details")
_COUNTS = ("_tokens", "_details")
_SAID = ("text", "partial_json")  # fields of the deltas that directives count
_DELTAS = {"partial_json": "input_json_delta"}
_BLANK = {"text": "", "thinking": "", "signature": "", "input": {}}


class Part(NamedTuple):
    """One block of an answer, and its deltas: the field, a piece of it, and the tokens in it."""

    block: Json
    deltas: Sequence[tuple[str, str, int]]


Parts = Sequence[Part]


def pieces(text: str, orders: Orders) -> list[str]:
    """Of a text, one delta and one output token each."""
    return re.findall(r"\s*\S+" if "words" in orders else r"\s*(?:[A-Za-z]{1,6}|[0-9]{1,3}|\S)", text)


def event(type: str, **fields: Any) -> bytes:
    """One server-sent event."""
    return b"event: %b\ndata: %b\n\n" % (type.encode(), _encode({"type": type, **fields}).encode())


PING = event("ping")


def frames(message: Json, parts: Parts, orders: Orders, pace: Pace) -> Iterator[tuple[bytes, float, int]]:
    """The events of a stream as far as orders permit: its bytes, the seconds before it, the tokens in it."""
    usage = {**message["usage"], "output_tokens": 1, "output_tokens_details": None}
    start = {**message, **dict.fromkeys(STOP), "content": [], "usage": usage}
    yield event("message_start", message=start), 0, 0
    ending, stall, gap, said = orders.get("ending"), orders.get("stall"), pace.first * (1 - BEFORE_START), 0
    if ending and ending.after == 0:
        return
    total = sum(delta[0] in _SAID for part in parts for delta in part.deltas)
    for index, (block, deltas) in enumerate(parts):
        blank = {name: _BLANK.get(name, value) for name, value in block.items()}
        yield event("content_block_start", index=index, content_block=blank), 0, 0
        if index == 0:
            yield PING, 0, 0
        for field, group in groupby(deltas, key=itemgetter(0)):
            delta = {"type": _DELTAS.get(field, f"{field}_delta"), field: "*"}
            head, tail = event("content_block_delta", index=index, delta=delta).split(b'"*"')
            for _, piece, tokens in group:
                if field in _SAID:
                    if ending and said == ending.after:
                        return
                    if stall and said == min(stall.after, total - 1):
                        gap += float(stall.argument)
                    said += 1
                yield head + _encode(piece).encode() + tail, gap, tokens
                gap = pace.interval
        yield event("content_block_stop", index=index), 0, 0
    if ending:
        return
    usage = {name: count for name, count in message["usage"].items() if name.endswith(_COUNTS)}
    yield event("message_delta", delta={name: message[name] for name in STOP}, usage=usage), 0, 0
    yield event("message_stop"), 0, 0
