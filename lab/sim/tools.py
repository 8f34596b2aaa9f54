"""Tools: what the API refuses about them, what they add to a prompt, and which of them an answer calls."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from lab.models import Model
from lab.sim.answer import filled
from lab.sim.faults import Orders
from lab.sim.http import Json, Problem, require
from lab.sim.prompt import content_blocks
from lab.sim.reading import Asked, near

FITS = 0.15  # how near a question must be to a tool's name, description and properties
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_CHOICES = ("auto", "any", "tool", "none")
# Tokens that any tool adds, for tool_choice auto or none, and for any or tool: the pricing page, 2026-10-10.
_HIDDEN = {
    "opus-5-5": (286, 286), "sonnet-5-5": (286, 286), "sonnet-5": (354, 474), "opus-4-8": (290, 410),
    "opus-4-7": (675, 804), "opus-4-6": (497, 589), "sonnet-4-6": (497, 589), "opus-4-5": (496, 588),
    "sonnet-4-5": (496, 588), "haiku-4-5": (496, 588),
}  # fmt: skip
_OTHERS = (286, 406)  # Haiku 5.5 and Opus 5; of the rest it is not published


def hidden(body: Json, model: Model) -> int:
    """Tokens of the instructions that the API adds where there are tools."""
    forced = body["tool_choice"].get("type") in ("any", "tool")
    return _HIDDEN.get(model.id.removeprefix("claude-"), _OTHERS)[forced] if body["tools"] else 0


def check(body: Json) -> None:
    """Refuses tools, a choice or an order of calls and results that the API would. Raises Problem."""
    names = [_checked(tool, at) for at, tool in enumerate(body["tools"])]
    require(len(names) == len(set(names)), "tools: Tool names must be unique.")
    choice = body["tool_choice"]
    kind, name = choice.get("type"), choice.get("name")
    require(not choice or kind in _CHOICES, f"tool_choice.type: must be one of {', '.join(_CHOICES)}.")
    require(not choice or names, "tool_choice: may only be given together with tools.")
    require(kind != "tool" or name in names, f"tool_choice.name: there is no tool {name!r}.")
    forced = kind in ("any", "tool") and body["thinking"].get("type") == "enabled"
    require(not forced, "tool_choice: any and tool do not go with thinking enabled.")
    _check_pairs(body["messages"])


def _checked(tool: Json, at: int) -> str:
    """The name of a tool that is as it must be; those with a version in their type bring their own schema."""
    name, schema = tool.get("name"), tool.get("input_schema")
    require(isinstance(name, str) and _NAME.fullmatch(name), f"tools.{at}.name: must match {_NAME.pattern}.")
    if _own(tool):
        fits = isinstance(schema, Mapping) and schema.get("type") == "object"
        require(fits, f"tools.{at}.input_schema: must be a JSON schema with type 'object'.")
    return name


def _own(tool: Json) -> bool:
    return tool.get("type") in (None, "custom")


def _check_pairs(messages: Sequence[Json]) -> None:
    """Each tool_use is answered in the next user turn, first thing in it, and nothing else is."""
    waiting, known = set[str](), set[str]()
    for role, group in groupby(messages, key=itemgetter("role")):
        blocks = [block for message in group for block in content_blocks(message["content"])]
        results = [str(one.get("tool_use_id")) for one in blocks if one["type"] == "tool_result"]
        foreign, missing = sorted({*results} - waiting), sorted(waiting - {*results})
        require(not foreign, f"tool_result: there is no tool_use just before it for {', '.join(foreign)}.")
        require(not missing, f"tool_use: the next turn has no tool_result for {', '.join(missing)}.")
        first = all(one["type"] == "tool_result" for one in blocks[: len(results)])
        require(first, "tool_result blocks must come first in their turn, before text.")
        uses = [one for one in blocks if one["type"] == "tool_use"]
        require(role == "assistant" or not uses, "tool_use blocks belong in the assistant's turns.")
        shaped = all(
            isinstance(one.get("id"), str) and isinstance(one.get("name"), str)
            and isinstance(one.get("input"), Mapping) for one in uses
        )  # fmt: skip
        require(shaped, "tool_use blocks need an id, a name and an input object.")
        waiting = {one["id"] for one in uses}
        require(len(waiting) == len(uses) and not waiting & known, "tool_use ids must be unique.")
        known |= waiting
    require(not waiting, f"tool_use: the next turn has no tool_result for {', '.join(sorted(waiting))}.")


def calls(body: Json, asked: Asked, orders: Orders) -> list[dict[str, Any]]:
    """The tool_use blocks of the answer; none where it is to be given in words."""
    own, choice = [tool for tool in body["tools"] if _own(tool)], body["tool_choice"]
    kind, wanted = choice.get("type", "auto"), choice.get("name")
    if "tool" in orders:
        kind, wanted = "tool", orders["tool"].argument
        known = [tool["name"] for tool in own if tool["name"].lower() == wanted]
        wanted = known[0] if known else wanted
        if not known:
            raise Problem(400, f"[[tool {wanted}]]: the request has no such tool.")
    if kind == "none" or not own or (asked.results and kind == "auto"):
        return []
    if kind == "tool":
        return [_call(tool, asked) for tool in own if tool["name"] == wanted]
    nearness = near(tuple(map(_described, own)), asked.text)
    ranked = sorted(zip(nearness, own, strict=True), key=itemgetter(0), reverse=True)
    least = max(FITS, ranked[0][0] / 3)
    chosen = [tool for score, tool in ranked if score >= least] or [ranked[0][1]] * (kind == "any")
    return [_call(tool, asked) for tool in chosen[: 1 if choice.get("disable_parallel_tool_use") else None]]


def _described(tool: Json) -> str:
    properties = tool["input_schema"].get("properties") or {}
    return " ".join((tool["name"], str(tool.get("description") or ""), *map(str, properties)))


def _call(tool: Json, asked: Asked) -> dict[str, Any]:
    """A call whose input fits the schema; what is required of it and not found is the question itself."""
    schema = tool["input_schema"]
    given = {name: value for name, value in filled(asked, schema).items() if value is not None}
    for name in schema.get("required", ()):
        given[name] = given.get(name) if given.get(name) != "" else asked.text[:200]
    return {"type": "tool_use", "id": f"toolu_{secrets.token_hex(12)}", "name": tool["name"], "input": given}
