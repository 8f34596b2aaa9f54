"""The whole answer as a message: its blocks and their deltas, why it ends, and what it used."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from itertools import cycle, islice
from random import Random
from typing import Any, NamedTuple

from lab.models import Model
from lab.sim import answer, thinking, tools
from lab.sim.events import STOP, Part, pieces
from lab.sim.faults import ENDS, Orders
from lab.sim.http import Json
from lab.sim.reading import read

# Tokens of a prompt, in the usage of its answer.
PROMPT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


class Message(NamedTuple):
    """A message as the API gives it in one piece, and its blocks as they are streamed."""

    json: dict[str, Any]
    parts: list[Part]


def message(body: Json, model: Model, orders: Orders, usage: Json, luck: Random) -> Message:
    """The answer to a valid request, as far as the orders permit. `usage` is the input side of its own."""
    asked, room, full = read(body), body["max_tokens"], "max_tokens"
    left = (model.context or room) - sum(usage.get(name, 0) for name in PROMPT)
    if left < room:
        room, full = left, "model_context_window_exceeded"
    thought = thinking.thought(body, model, room)
    calls = tools.calls(body, asked, orders)
    announced = f"A simulated answer, which first asks {' and '.join(call['name'] for call in calls)}."
    text = announced if calls else answer.text(asked, body, model, luck)
    said, stop = _cut(text, body, orders, room - len(thought), full)
    thought = thought if said or stop["stop_reason"] != "refusal" else []
    parts = [thinking.block(thought, body, model)] if thought else []
    if said:
        parts.append(Part({"type": "text", "text": "".join(said)}, [("text", piece, 1) for piece in said]))
    used = len(thought + said)
    if calls and stop["stop_reason"] == "end_turn":
        asking, spent = _asking(calls, room - used)
        stop["stop_reason"] = "tool_use" if used + spent <= room else full
        parts, used = parts + asking, min(room, used + spent)
    counted = {"output_tokens": used, "service_tier": "standard", "speed": body["speed"]}
    counted["output_tokens_details"] = {"thinking_tokens": len(thought)}
    counted["inference_geo"] = body.get("inference_geo") or "global"
    head = {"id": f"msg_{secrets.token_hex(12)}", "type": "message", "role": "assistant"}
    head |= {"model": body["model"], "content": [part.block for part in parts]}
    return Message({**head, **stop, "usage": {**usage, **counted}}, parts)


def _asking(calls: Sequence[Json], room: int) -> tuple[list[Part], int]:
    """The blocks of calls as far as they fit, and the tokens that all of them would take."""
    parts, spent = [], 0
    for call in calls:
        given = pieces(json.dumps(call["input"], ensure_ascii=False), {})
        begun = given[: max(0, room - spent)]
        block = call if begun == given else {**call, "input": {}}
        if not parts or begun:
            parts.append(Part(block, [("partial_json", piece, int(piece != "")) for piece in ("", *begun)]))
        spent += len(given)
    return parts, spent


def _said(text: str, words: int, paragraph: int) -> str:
    """So many of the text's words, over and over; of a `paragraph`'s length, each."""
    found = list(islice(cycle(text.split() or ["…"]), words))
    size = paragraph or len(found) or 1
    return "\n\n".join(" ".join(found[at : at + size]) for at in range(0, len(found), size))


def _cut(text: str, body: Json, orders: Orders, room: int, full: str) -> tuple[list[str], dict[str, Any]]:
    """The pieces of the text that are said, and the fields of the message that say why there are no more."""
    if "words" in orders:
        text = _said(text, int(orders["words"].argument), orders["words"].paragraph)
    stops = [(text.find(stop), stop) for stop in body["stop_sequences"] if stop in text]
    end, sequence = min(stops, default=(len(text), None))
    said, reason, details = pieces(text[:end], orders), "stop_sequence" if stops else "end_turn", None
    if len(said) > room:
        said, reason, sequence = said[:room], full, None
    for order in (orders[name] for name in ENDS if name in orders):
        said, reason, sequence = said[: order.after], order.verb, None
    if "refuse" in orders:
        category = orders["refuse"].argument or None
        said, reason, sequence = said[: orders["refuse"].after], "refusal", None
        details = {"type": "refusal", "category": category, "explanation": "A directive ordered it."}
    return said, dict(zip(STOP, (reason, sequence, details), strict=True))
