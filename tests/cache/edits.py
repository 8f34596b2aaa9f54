"""Requests at random, and random edits of them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from tests.cache.simulated import CATALOGUE, LATENCY, Body

Edit = Callable[[Body, Random], None]

MODELS = ("claude-sonnet-4-6", "claude-opus-4-5", "claude-haiku-4-5", "claude-sonnet-5-5")
WORDS = ["harbor", "books", "rooms", "for", "teams", "and", "sends", "an", "invoice", "each", "month"]


def prose(luck: Random, words: int) -> str:
    return " ".join(luck.choice(WORDS) for _ in range(words))


def request(luck: Random) -> Body:
    """A conversation with tools, a system text, examples, and breakpoints anywhere."""
    mark = {"type": "ephemeral", **({"ttl": "1h"} if luck.random() < 0.2 else {})}
    body: Body = {"model": luck.choice(MODELS), "max_tokens": 2000, "messages": []}
    if luck.random() < 0.6:
        body["tools"] = [tool(luck, n) for n in range(luck.randint(1, 3))]
    system = [
        {"type": "text", "text": prose(luck, luck.choice((20, 700, 1500, 3000, 5000)))}
        for _ in range(luck.randint(1, 2))
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


PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
EDITS: tuple[Edit, ...] = (
    _system, _system_block, _tools, _history, _grow, _question, _picture, _model, _speed, _thinking, _effort,
    _choice, _format, _unmark, _nothing, _grow, _nothing, _nothing,
)  # fmt: skip


class Plan(NamedTuple):
    """Two requests, and the seconds from the first to the second; `begun`: whether it was answered by
    then."""

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
