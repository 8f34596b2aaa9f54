"""What was said in a call, in the shape that OpenTelemetry's conventions give it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lab.types import Message, Request


def asked(request: Request) -> dict[str, str]:
    """What a request says, as span attributes: JSON texts."""
    said = {"gen_ai.input.messages": _json([_turn(one) for one in request.messages])}
    if request.system:
        said["gen_ai.system_instructions"] = _json(_parts(request.system))
    return said


def answered(content: Sequence[Mapping[str, Any]], stop_reason: str | None) -> dict[str, str]:
    """What came back, as span attributes."""
    finish = {"finish_reason": stop_reason} if stop_reason else {}
    turn = {"role": "assistant", "parts": _parts(content), **finish}
    return {"gen_ai.output.messages": _json([turn])} if content else {}


def _turn(message: Message) -> dict[str, Any]:
    return {"role": message["role"], "parts": _parts(message["content"])}


def _parts(content: str | Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "content": content}]
    return [_part(block) for block in content]


def _part(block: Mapping[str, Any]) -> dict[str, Any]:
    """A block; of pictures and files only that they were there."""
    kind = block.get("type")
    if kind == "text":
        return {"type": "text", "content": block.get("text")}
    if kind == "thinking":
        return {"type": "reasoning", "content": block.get("thinking")}
    if kind == "tool_use":
        call = {"id": block.get("id"), "name": block.get("name"), "arguments": block.get("input")}
        return {"type": "tool_call", **call}
    if kind == "tool_result":
        result = block.get("content", "")
        response = result if isinstance(result, str) else _parts(result)
        return {"type": "tool_call_response", "id": block.get("tool_use_id"), "response": response}
    return {"type": str(kind)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
