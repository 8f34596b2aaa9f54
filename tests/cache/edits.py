"""Random edits of requests, sent to the simulated Claude in this process, one pair at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import partial
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from lab import cache
from lab.cache import Asked, Diagnosis, Finding, Scope
from lab.models import catalogue
from lab.sim.claude import Claude
from lab.sim.clock import Clock

Body = dict[str, Any]
Edit = Callable[[Body, Random], None]

CATALOGUE = catalogue()
HEADERS = {"authorization": "Bearer key", "anthropic-version": "2026-10-21"}
MODELS = ("claude-sonnet-4-6", "claude-opus-4-5", "claude-haiku-4-5", "claude-sonnet-5-5")
WORDS = "harbor books rooms for teams and sends an invoice each month ".split()
LATENCY = 1.0
"""Seconds until an answer begins."""


class Time:
    """A clock that a test turns."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Sent(NamedTuple):
    """A request as the lab's log would have it, why it missed by the API's word, what makes its answer begin,
    and the server's own count of the tokens of each of its prefixes."""

    call: Asked
    miss: dict[str, Any] | None
    begin: Callable[[], None]
    sizes: list[int]


class Simulated:
    """The simulated Claude with a clock of its own."""

    def __init__(self) -> None:
        self.time = Time()
        self._claude = Claude(Clock(self.time), 0)
        self._sent = 0

    def ask(self, body: Body) -> Sent:
        """One request, which is answered when `begin` of it is called."""
        self._sent += 1
        call = self._claude.call(HEADERS, json.dumps(body).encode())
        plan = self._claude.plan(call)
        message = self._claude.message(call, plan).json
        usage = message["usage"]
        counts = [usage[f"cache_{name}_input_tokens"] for name in ("read", "creation")]
        asked = cache.of(
            body,
            CATALOGUE[call.model.id],
            Scope("simulated", "simulated", call.model.id, call.body["speed"]),
            id=str(self._sent),
            at=self.time.now,
            began=self.time.now + LATENCY,
            read=counts[0],
            written=counts[1],
            prompt=usage["input_tokens"] + sum(counts),
            message_id=message["id"],
            named="support",
        )
        sizes = accumulate((block.tokens for block in call.blocks), initial=0)
        begin = partial(self._claude.begin, call, plan, message["id"])
        return Sent(asked, (message.get("diagnostics") or {}).get("cache_miss_reason"), begin, [*sizes])


def prose(luck: Random, words: int) -> str:
    return " ".join(luck.choice(WORDS) for _ in range(words))


def request(luck: Random) -> Body:
    """A conversation with tools, a system text, examples, and breakpoints anywhere."""
    mark = {"type": "ephemeral", **({"ttl": "1h"} if luck.random() < 0.2 else {})}
    body: Body = {"model": luck.choice(MODELS), "max_tokens": 2000, "messages": []}
    if luck.random() < 0.6:
        body["tools"] = [tool(luck, n) for n in range(luck.randint(1, 3))]
    system = [
        {"type": "text", "text": prose(luck, luck.choice((20, 700, 1500, 3000, 5000)))} for _ in range(luck.randint(1, 2))
    ]
    for place in (system, body.get("tools", [])):
        if place and luck.random() < 0.6:
            place[-1]["cache_control"] = dict(mark)
    body["system"] = system
    for _ in range(luck.choice((0, 1, 2, 12))):
        body["messages"] += [say("user", prose(luck, 12)), say("assistant", prose(luck, 12))]
    if body["messages"] and luck.random() < 0.4:
        body["messages"][-1]["content"][0]["cache_control"] = dict(mark)
    body["messages"].append(say("user", prose(luck, 12)))
    if luck.random() < 0.5:
        body["cache_control"] = dict(mark)
    return body


def say(role: str, text: str) -> Body:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def tool(luck: Random, number: int) -> Body:
    about = prose(luck, luck.choice((10, 400)))
    return {"name": f"tool_{number}", "description": about, "input_schema": {"type": "object"}}


def _system(body: Body, luck: Random) -> None:
    block = luck.choice(body["system"])
    at = luck.randrange(len(block["text"]))
    block["text"] = f"{block['text'][:at]}{luck.choice('xyz')}{block['text'][at:]}"


def _system_block(body: Body, luck: Random) -> None:
    body["system"].insert(luck.randint(0, len(body["system"])), {"type": "text", "text": prose(luck, 30)})


def _tools(body: Body, luck: Random) -> None:
    tools = body.setdefault("tools", [])
    if tools and luck.random() < 0.5:
        luck.choice(tools)["description"] += " Really."
    elif len(tools) > 1 and luck.random() < 0.5:
        tools.reverse()
    else:
        tools.append(tool(luck, 9))


def _history(body: Body, luck: Random) -> None:
    block = luck.choice(body["messages"])["content"][0]
    block["text"] += " Or so."


def _grow(body: Body, luck: Random) -> None:
    for _ in range(luck.choice((1, 1, 2, 15))):
        body["messages"] += [say("assistant", prose(luck, 9)), say("user", prose(luck, 9))]


def _question(body: Body, luck: Random) -> None:
    body["messages"][-1] = say("user", prose(luck, 8))


def _picture(body: Body, luck: Random) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
    body["messages"][-1]["content"].append({"type": "image", "source": source})


def _model(body: Body, luck: Random) -> None:
    body["model"] = luck.choice(MODELS)


def _speed(body: Body, luck: Random) -> None:
    body["speed"] = "fast"


def _thinking(body: Body, luck: Random) -> None:
    fits = {"type": "enabled", "budget_tokens": 1024} if body["model"] != MODELS[3] else {"type": "adaptive"}
    body["thinking"] = luck.choice((fits, {"type": "disabled"})) if body["model"] != MODELS[3] else fits


def _effort(body: Body, luck: Random) -> None:
    if CATALOGUE[body["model"]].effort:
        body["output_config"] = {"effort": luck.choice(("low", "medium", "high"))}


def _choice(body: Body, luck: Random) -> None:
    if body.get("tools"):
        body["tool_choice"] = luck.choice(({"type": "auto"}, {"type": "none"}))


def _format(body: Body, luck: Random) -> None:
    body.setdefault("output_config", {})["format"] = {"type": "json_schema", "schema": {"type": "object"}}


def _unmark(body: Body, luck: Random) -> None:
    body.pop("cache_control", None)
    for block in body["system"]:
        block.pop("cache_control", None)


def _nothing(body: Body, luck: Random) -> None:
    pass


PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
EDITS: tuple[Edit, ...] = (
    _system, _system_block, _tools, _history, _grow, _question, _picture, _model, _speed, _thinking, _effort,
    _choice, _format, _unmark, _nothing, _grow, _nothing, _nothing,
)  # fmt: skip


class Pair(NamedTuple):
    """Two requests, one an edit of the other: what the lab finds of the second, and what the API says of it."""

    first: Sent
    second: Sent
    found: Finding
    told: Diagnosis
    edits: tuple[str, ...]


class Plan(NamedTuple):
    """Two requests, and the seconds from the first to the second; `begun`: whether it was answered by then."""

    before: Body
    after: Body
    wait: float
    begun: bool
    edits: tuple[str, ...] = ()


def plan(seed: int) -> Plan:
    """One of the random pairs; the same for the same seed."""
    luck = Random(seed)
    before = request(luck)
    begun = luck.random() > 0.1
    wait = LATENCY + luck.choice(WAITS) if begun else luck.choice((0.1, 0.5))
    after = copy.deepcopy(before)
    edits = [luck.choice(EDITS) for _ in range(luck.choice((1, 1, 1, 2, 3)))]
    for edit in edits:
        edit(after, luck)
    return Plan(before, after, wait, begun, tuple(edit.__name__.strip("_") for edit in edits))


WAITS = (0.2, 0.2, 30, 290, 290, 310, 3590, 3700)


def pair(plan: Plan) -> Pair:
    """Both requests sent, to a server that knows nothing else. Raises Problem where it refuses one."""
    server = Simulated()
    first = server.ask({**plan.before, "diagnostics": {"previous_message_id": None}})
    if plan.begun:
        server.time.now += LATENCY
        first.begin()
    server.time.now = first.call.at + plan.wait
    asking = {"previous_message_id": first.call.message_id}
    second = server.ask({**plan.after, "diagnostics": asking})
    found = cache.find(second.call, [first.call])
    return Pair(first, second, found, cache.diagnosis(found, second.miss, first.call), plan.edits)


def mended(plan: Plan, found: Finding) -> Plan:
    """The same without the reason that was found."""
    before, after = copy.deepcopy(plan.before), copy.deepcopy(plan.after)
    if found.kind in ("pending", "expired"):
        return plan._replace(wait=LATENCY + 0.2, begun=True)
    other = found.other
    small = found.kind == "unwritten" and bool(other and other.points and not other.kept())
    if found.kind == "short" or small:
        for body in (before, after):
            first = _parts(body)[0]
            first.update({name: LONG + first[name] for name in ("text", "description") if name in first})
    elif found.kind in ("late", "unwritten", "lookback"):
        end = found.reach or found.same
        for body in (before, after) if found.kind != "lookback" else (after,):
            marks = [block for block in _parts(body) if "cache_control" in block]
            ttl = (marks[:1] or [{}])[0].get("cache_control") or body.get("cache_control") or {"type": "ephemeral"}
            for block in marks[: max(0, len(marks) - 2)]:
                del block["cache_control"]
            _parts(body)[end - 1]["cache_control"] = ttl
    elif found.kind == "unasked":
        for body in (before, after):
            body["cache_control"] = {"type": "ephemeral"}
    else:
        for name in MENDED[found.kind]:
            after.pop(name, None)
            after |= {name: copy.deepcopy(before[name])} if name in before else {}
    return plan._replace(before=before, after=after)


def _parts(body: Body) -> list[Body]:
    turns = [block for message in body["messages"] for block in message["content"]]
    return [*body.get("tools", ()), *body["system"], *turns]


LONG = "harbor books rooms " * 1500
MENDED = {
    "model": ("model", "speed", "thinking", "output_config"),
    "speed": ("speed",),
    "tools": ("tools", "tool_choice"),
    "system": ("system",),
    "examples": ("messages",),
    "messages": ("messages",),
    "settings": ("thinking", "output_config", "tool_choice", "messages"),
}
