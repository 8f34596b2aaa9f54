"""The few requests that both are sent, and what they may cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import httpx2

from lab.models import Model, catalogue

from .shapes import Exchange, parsed

MODEL = "claude-haiku-5-5"
LIMIT = Decimal("0.10")  # US dollars, for all of them together
VERSION = "2026-10-21"
PREVIOUS = "the id of the answer before"


class Step(NamedTuple):
    """One request; a body is sent by POST. `key` in place of the right one."""

    path: str
    body: Mapping[str, Any] | None = None
    key: str | None = None


def _asking(text: str, **fields: Any) -> Step:
    body = {"model": MODEL, "max_tokens": 64, "messages": [{"role": "user", "content": text}]}
    return Step("/v1/messages", {**body, "thinking": {"type": "disabled"}, **fields})


_TOOL = {
    "name": "get_weather",
    "description": "The weather at a place.",
    "input_schema": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
}
_SCHEMA = {
    "type": "object",
    "properties": {"mood": {"type": "string", "enum": ["good", "bad"]}, "stars": {"type": "integer"}},
    "required": ["mood", "stars"],
    "additionalProperties": False,
}


def cases(nonce: str) -> dict[str, tuple[Step, ...]]:
    """Each case's steps by its name. `nonce` makes the cached prompt one that nobody has sent before."""
    rules = f"{nonce}. " + "Answer every question in one short and friendly sentence. " * 90
    system = [{"type": "text", "text": rules, "cache_control": {"type": "ephemeral"}}]
    cached = [
        _asking("Which way is up?", system=system, diagnostics={"previous_message_id": id})
        for id in (None, PREVIOUS)
    ]
    changed = [{**system[0], "text": f"Now: {rules}"}]
    third = _asking("Which way is up?", system=changed, diagnostics={"previous_message_id": PREVIOUS})
    think = {"type": "adaptive", "display": "summarized"}
    output = {"format": {"type": "json_schema", "schema": _SCHEMA}}
    weather, tools = "How is the weather in Bern?", {"tools": [_TOOL], "tool_choice": {"type": "any"}}
    count = {"model": MODEL, "messages": [{"role": "user", "content": "Which way is up?"}]}
    return {
        "a stream": (_asking("Which way is up?", stream=True),),
        "an answer in one piece": (_asking("Which way is up?"),),
        "thinking": (_asking("What is 1,739 times 4,621?", stream=True, thinking=think, max_tokens=4000),),
        "a tool": (_asking(weather, stream=True, max_tokens=200, **tools),),
        "a schema": (_asking("The food was cold. Two stars.", output_config=output, max_tokens=100),),
        "a stop sequence": (_asking("Tell me about the sea.", stop_sequences=["e"]),),
        "a cut": (_asking("Tell me about the sea at length.", max_tokens=3, stream=True),),
        "the cache": (*cached, third),
        "counting": (Step("/v1/messages/count_tokens", count),),
        "models": (Step("/v1/models?limit=2"), Step(f"/v1/models/{MODEL}")),
        "a wrong request": (_asking("Hi", max_tokens="many"),),
        "a wrong key": (_asking("Hi")._replace(key="invalid"),),
        "an unknown model": (_asking("Hi", model="claude-none"),),
    }


def worst(body: Mapping[str, Any], tokens: int, model: Model) -> Decimal:
    """US dollars a request can cost at most: all its tokens written to the cache, max_tokens answered."""
    price = model.price(date.today())
    rates = price.rates(tokens) if price else None
    if rates is None or rates.input is None or rates.output is None or price.cache_write_1h is None:
        raise ValueError(f"The price of {model.id} is not known.")
    return (tokens * rates.input * price.cache_write_1h + body["max_tokens"] * rates.output) / 1_000_000


class TooDear(Exception):
    """The next request could cost more than is left."""


class Purse:
    """What may still be spent; every request is paid at its worst before it is sent."""

    def __init__(self, limit: Decimal = LIMIT) -> None:
        self.limit, self.spent = limit, Decimal(0)

    def pay(self, dollars: Decimal) -> None:
        """Raises TooDear, and pays nothing, where that would be more than the limit."""
        if self.spent + dollars > self.limit:
            so_far = f"At worst ${self.spent} are spent, and the next request could cost ${dollars}"
            raise TooDear(f"{so_far}: that would be more than ${self.limit}.")
        self.spent += dollars


async def sent(
    http: httpx2.AsyncClient, url: str, key: str, steps: tuple[Step, ...], purse: Purse | None = None
) -> list[Exchange]:
    """What came back for each step, paid from the purse where it costs something."""
    found: list[Exchange] = []
    for step in steps:
        headers = {"authorization": f"Bearer {step.key or key}", "anthropic-version": VERSION}
        body = json.loads(json.dumps(step.body)) if step.body else None
        if body and (body.get("diagnostics") or {}).get("previous_message_id") == PREVIOUS:
            body["diagnostics"] = {"previous_message_id": found[-1].body["id"]}
        if purse and step.path == "/v1/messages" and step.key is None:
            purse.pay(await _worst(http, url, headers, body))
        method = "POST" if body else "GET"
        answer = await http.request(method, url + step.path, json=body, headers=headers)
        found.append(parsed(answer.status_code, answer.headers, answer.text))
    return found


async def _worst(
    http: httpx2.AsyncClient, url: str, headers: Mapping[str, str], body: Mapping[str, Any]
) -> Decimal:
    """Counting is free. A request that is wrong in itself is refused, and costs nothing."""
    model = catalogue().get(body["model"])
    if model is None or type(body["max_tokens"]) is not int:
        return Decimal(0)
    fields = ("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config")
    asked = {name: body[name] for name in fields if name in body}
    counted = await http.post(f"{url}/v1/messages/count_tokens", json=asked, headers=headers)
    return worst(body, counted.raise_for_status().json()["input_tokens"], model)
