"""What the API refuses with 400 before a model sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lab.models import Model
from lab.sim import media
from lab.sim.http import Json, Problem, require
from lab.sim.prompt import content_blocks

CURRENT = "2026-10-21"
VERSIONS = (CURRENT, "2023-06-01")
INVALID = "invalid"  # the one API key that is refused
MESSAGES = 100_000
MEDIA, MEDIA_SMALL, LARGE = 600, 100, 1_000_000  # images and pages a request, and with less context than that
# What a field counts as where it is absent or null; any other value must be of the same type.
_OPTIONAL: Json = {
    "thinking": {}, "output_config": {}, "tool_choice": {}, "cache_control": {}, "metadata": {},
    "tools": [], "stop_sequences": [], "stream": False, "speed": "standard",
}  # fmt: skip


def key(headers: Mapping[str, str]) -> str:
    """The API key, which is also the workspace; empty where there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")


def client(headers: Mapping[str, str]) -> None:
    """Whether a client says who it is and which version it speaks."""
    require(key(headers), "An API key is required, as Authorization: Bearer or x-api-key.", 401)
    require(key(headers) != INVALID, "The API key is not valid.", 401)
    known = headers.get("anthropic-version") in VERSIONS
    require(known, f"anthropic-version: must be one of {', '.join(VERSIONS)}.")


def json_object(data: bytes) -> dict[str, Any]:
    """The JSON object that a body is."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise Problem(400, "The body is not valid JSON.") from None
    require(isinstance(body, dict), "The body must be a JSON object.")
    return body


def parsed(data: bytes) -> dict[str, Any]:
    """A request's body, with every optional field, of the types that everything after this relies on."""
    body = json_object(data)
    require(body.get("model") and isinstance(body["model"], str), "model: a name is required.")
    for name, default in _OPTIONAL.items():
        if body.get(name) is None:
            body[name] = default
        shape = type(default)
        require(isinstance(body[name], shape), f"{name}: must be of type {shape.__name__}.")
    require(all(isinstance(tool, dict) for tool in body["tools"]), "tools: must be objects.")
    stops = body["stop_sequences"]
    require(all(isinstance(one, str) and one.strip() for one in stops), "stop_sequences: must hold text.")
    if body.get("system"):
        _content(body["system"], "system")
        texts = all(block["type"] == "text" for block in content_blocks(body["system"]))
        require(texts, "system: only text blocks are allowed.")
    messages = body.get("messages")
    require(messages and isinstance(messages, list), "messages: at least one message is required.")
    for at, message in enumerate(messages):
        require(isinstance(message, dict), f"messages.{at}: must be an object.")
        roles = ("user", "assistant", "system") if at else ("user",)
        require(message.get("role") in roles, f"messages.{at}.role: must be {' or '.join(roles)}.")
        _content(message.get("content"), f"messages.{at}.content")
    return body


def _content(content: Any, where: str) -> None:
    require(content and isinstance(content, str | list), f"{where}: must be text or a list of blocks.")
    for at, block in enumerate(content_blocks(content)):
        typed = isinstance(block, dict) and isinstance(block.get("type"), str)
        require(typed, f"{where}.{at}: must be an object with a type.")
        text = block.get("text")
        filled = block["type"] != "text" or (text and isinstance(text, str))
        require(filled, f"{where}.{at}.text: text blocks must not be empty.")


def content(body: Json, model: Model, version: str) -> None:
    """What the blocks of the messages may be, and where system messages may stand. Raises Problem."""
    roles = [message["role"] for message in body["messages"]]
    for at in (at for at, role in enumerate(roles) if role == "system"):
        require(model.system_turns is not False, f"messages.{at}: {model.id} takes no system messages.")
        placed = roles[at - 1] == "user" and roles[at + 1 : at + 2] in ([], ["assistant"])
        require(placed, f"messages.{at}: a system message must stand between a user's turn and an answer.")
    blocks = [(one["role"], block) for one in body["messages"] for block in content_blocks(one["content"])]
    for role, block in blocks if version == CURRENT else ():
        cited = role == "user" and block["type"] == "text" and block.get("citations")
        require(not cited, "citations: are not accepted in a user's text.")
        document = role == "assistant" and block["type"] == "document"
        require(not document, "document: is not accepted in an assistant's turn.")
    inner = [block for _, block in blocks]
    for block in [block for block in inner if block["type"] == "tool_result" and block.get("content")]:
        _content(block["content"], "tool_result.content")
        inner += content_blocks(block["content"])
    media.check(inner, MEDIA if (model.context or LARGE) >= LARGE else MEDIA_SMALL)


def settings(body: Json, model: Model) -> None:
    """What other fields may hold. Raises Problem."""
    format, geo = body["output_config"].get("format"), body.get("inference_geo")
    user = body["metadata"].get("user_id")
    require(len(body["messages"]) <= MESSAGES, f"messages: at most {MESSAGES} are allowed.")
    require(body["speed"] in ("standard", "fast"), "speed: must be standard or fast.")
    slow = body["speed"] == "fast" and model.id == "claude-opus-4-7"
    require(not slow, f"speed: {model.id} has no fast mode.")
    require(geo in (None, "global", "us"), "inference_geo: must be global or us.")
    require(not geo or model.inference_geo is not False, f"inference_geo: {model.id} cannot be told where.")
    tier = body.get("service_tier") in (None, "auto", "standard_only")
    require(tier, "service_tier: must be auto or standard_only.")
    require(user is None or isinstance(user, str), "metadata.user_id: must be text.")
    if format is not None:
        shaped = isinstance(format, dict) and format.get("type") == "json_schema"
        require(shaped, "output_config.format.type: must be json_schema.")
        require(isinstance(format.get("schema"), dict), "output_config.format.schema: must be an object.")


def allowed(body: Json, model: Model, version: str) -> None:
    """What the version and the model permit; `max_tokens` 0 only warms the cache."""
    limit, cap = body.get("max_tokens"), model.max_output
    require(type(limit) is int and limit >= 0, "max_tokens: a number of at least 0 is required.")
    sampling = [name for name in ("temperature", "top_p", "top_k") if name in body]
    changed = [name for name in sampling if name != "temperature" or body[name] != 1]
    prefilled = body["messages"][-1]["role"] == "assistant"
    forced = body["tool_choice"].get("type") in ("any", "tool")
    kind, effort = body["thinking"].get("type"), body["output_config"].get("effort")
    clash = kind in ("disabled", "between_tools") and effort in model.thinking_required_at
    rules = [
        (version == CURRENT and sampling, f"{', '.join(sampling)}: no longer accepted; remove it."),
        (model.new_tokenizer and changed, f"{', '.join(changed)}: {model.id} accepts only the default."),
        (prefilled and model.prefill is False, f"{model.id} does not support prefill: end with a user turn."),
        (forced and model.forced_tools is False, f"tool_choice: {model.id} does not support any or tool."),
        (clash, f"thinking.type: {kind} is not possible at effort {effort}."),
        (cap is not None and limit > cap, f"max_tokens: {limit} is above {model.id}'s maximum of {cap}."),
    ]
    for there, what in (
        (body["stream"], "stream"), (kind == "enabled", "thinking enabled"),
        (body["output_config"].get("format"), "output_config.format"), (forced, "tool_choice any or tool"),
    ):  # fmt: skip
        rules.append((limit == 0 and there, f"max_tokens: 0 cannot go with {what}."))
    for name, value, accepted in (("effort", effort, model.effort), ("thinking.type", kind, model.thinking)):
        takes = f"accepts {', '.join(accepted)}" if accepted else f"takes no {name}"
        known = value is None or accepted is None or value in accepted
        rules.append((not known, f"{name}: {model.id} {takes}, not {value!r}."))
    for broken, sentence in rules:
        require(not broken, sentence)
