"""The simulated model behind the routes: one request's body in, one message out, whichever way it came."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from random import Random
from typing import NamedTuple

from lab.models import Model
from lab.sim import checks, diagnostics, grading, listing, prompt, skill, thinking, tools
from lab.sim.clock import Clock
from lab.sim.diagnostics import Diagnostics
from lab.sim.faults import Orders, directives, last_user_text
from lab.sim.http import Json, require
from lab.sim.message import Message, message

REMEMBERED = 100_000  # bodies of which it is known how often they were sent


class Call(NamedTuple):
    """A valid request, and what its directives order this time. `luck` decides all else about its answer."""

    key: str
    body: Json
    model: Model
    blocks: list[prompt.Block]
    points: Mapping[int, str]
    orders: Orders
    luck: Random


class Claude:
    """Answers calls. Owns the prompt cache, what diagnostics need, and how often each body was seen."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._cache, self._diagnostics, self._seed = prompt.Cache(clock), Diagnostics(clock), seed
        self._seen: Counter[bytes] = Counter()

    def call(self, headers: Mapping[str, str], data: bytes) -> Call:
        """A request to write a message. Raises Problem where it, or one of its directives, is wrong."""
        body, model, blocks = read(headers, data)
        points = prompt.breakpoints(blocks, body["cache_control"])
        digest = sha256(data).digest()
        self._seen[digest] += 1
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        said = last_user_text(body)
        orders = directives(grading.parts(said).get("rubric", said), self._seen[digest])
        luck = skill.chance(body, blocks, self._seed, self._seen[digest])
        return Call(checks.key(headers), body, model, blocks, points, orders, luck)

    def plan(self, call: Call) -> prompt.Plan:
        """What the call reads from the cache, and what it will write there."""
        scope = call.key, call.model.id, call.body["speed"]
        return self._cache.plan(scope, call.blocks, call.points, call.model.min_cache or prompt.MINIMUM)

    def message(self, call: Call, plan: prompt.Plan) -> Message:
        """The answer."""
        found = message(call.body, call.model, call.orders, plan.usage(), call.luck)
        if call.body.get("diagnostics") is not None:
            found.json["diagnostics"] = self._diagnostics.compare(call.key, call.body, call.blocks)
        return found

    def begin(self, call: Call, plan: prompt.Plan, id: str) -> None:
        """The answer of that id leaves: from now on others can read what was written, or be compared."""
        self._cache.begin(plan)
        self._diagnostics.remember(id, call.key, call.body, call.blocks)


def read(
    headers: Mapping[str, str], data: bytes, counting: bool = False
) -> tuple[Json, Model, list[prompt.Block]]:
    """A request's valid body, its model, and its blocks. Raises Problem."""
    checks.client(headers)
    body = {**checks.parsed(data), **({"max_tokens": 1} if counting else {})}
    model = listing.model(body["model"])
    retired = model.retires is not None and model.retires <= date.today()
    require(not retired, f"model: {model.id} has retired.", 404)
    checks.allowed(body, model, headers["anthropic-version"])
    checks.settings(body, model)
    checks.content(body, model, headers["anthropic-version"])
    thinking.check(body, None if counting else body["max_tokens"])
    tools.check(body)
    diagnostics.check(body, counting)
    body["messages"] = thinking.kept(body, model)
    factor = prompt.NEW_TOKENIZER if model.new_tokenizer else 1.0
    blocks = prompt.blocks(body, factor, tools.hidden(body, model), _settings(body, model))
    size = sum(block.tokens for block in blocks)
    fits = model.context is None or size <= model.context
    require(fits, f"The prompt is too long: {size} tokens; {model.id} holds {model.context}.")
    return body, model, blocks


def _settings(body: Json, model: Model) -> str:
    """What the messages' cache hangs on beside the prompt itself; empty where all is as by default."""
    on = model.thinking_default in ("on", "always")
    kind = body["thinking"].get("type") or ("adaptive" if on else "disabled")
    turns = [prompt.content_blocks(message["content"]) for message in body["messages"]]
    asked = {
        "thinking": None if kind == ("adaptive" if on else "disabled") else body["thinking"],
        "effort": body["output_config"].get("effort"), "format": body["output_config"].get("format"),
        "tool_choice": None if body["tool_choice"].get("type") == "auto" else body["tool_choice"],
        "images": any(block["type"] == "image" for blocks in turns for block in blocks),
    }  # fmt: skip
    if asked["effort"] == model.effort_default:
        del asked["effort"]
    asked = {name: value for name, value in asked.items() if value}
    return json.dumps(asked, sort_keys=True) if asked else ""
