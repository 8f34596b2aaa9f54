"""What of a request can be carried over to another model, and what has to stay behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lab import capability, prompts
from lab.engine.identity import anonymous
from lab.engine.lab import Lab
from lab.errors import BadInput
from lab.models import Model
from lab.policy import Policy
from lab.types import Message, Request

THINKING = ("thinking", "redacted_thinking")


def carried(options: Mapping[str, Any], model: Model) -> dict[str, Any]:
    """A conversation's options, without what was its last turn's alone (who asked, and what was asked of the
    cache), and without an effort or a way of thinking that another model does not take."""
    kept = {name: value for name, value in anonymous(options).items() if name != "diagnostics"}
    output = kept.get("output_config", {})
    if model.effort is not None and output.get("effort") not in (None, *model.effort):
        kept["output_config"] = {name: value for name, value in output.items() if name != "effort"}
    if model.thinking is not None and kept.get("thinking", {}).get("type") not in (None, *model.thinking):
        del kept["thinking"]
    return {name: value for name, value in kept.items() if name != "output_config" or value}


def as_turn(content: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """An answer as the API takes it back: no empty text, and thinking only before what it led to."""
    turn = [block for block in content if block.get("type") != "text" or block["text"].strip()]
    while turn and turn[-1].get("type") in THINKING:
        turn.pop()
    return turn


def closed(history: Sequence[Message], question: Message) -> Message:
    """A question after calls of tools that nobody answered: it says so first, as the API wants it."""
    last = history[-1]["content"] if history and history[-1]["role"] == "assistant" else ()
    open_calls = [block["id"] for block in last if block.get("type") == "tool_use"]
    if not open_calls:
        return question
    said = question["content"]
    text = [{"type": "text", "text": said}] if isinstance(said, str) else said
    return {**question, "content": [*map(unanswered, open_calls), *text]}


def unanswered(call: str) -> Mapping[str, Any]:
    """The result of a tool's call that nobody answered."""
    words = "Nobody answered this call."
    return {"type": "tool_result", "tool_use_id": call, "content": words, "is_error": True}


def thinks(message: Message) -> bool:
    """Whether there is thinking in a message."""
    content = message["content"]
    return not isinstance(content, str) and any(block.get("type") in THINKING for block in content)


def without_thinking(message: Message) -> Message:
    """The same message, for a request in which its thinking is not valid."""
    content: str | Sequence[Mapping[str, Any]] = message["content"]
    if isinstance(content, str):
        return message
    kept = [block for block in content if block.get("type") not in THINKING]
    return {"role": message["role"], "content": kept}


def instead(lab: Lab, request: Request, name: str) -> Request:
    """The same question to another model. Raises BadInput where that one cannot take it."""
    model = lab.model(name)
    found = replace(
        request,
        model=model.id,
        messages=tuple(map(without_thinking, request.messages)),
        max_tokens=min(request.max_tokens, model.max_output or request.max_tokens),
        options=carried(request.options, model),
    )
    endpoint = lab.endpoint(model.id)
    capability.check(model, found.max_tokens, found.options, found.messages, endpoint)
    return found


def checked(lab: Lab, request: Request) -> Request:
    """The request, whose policy names only models that could take it. Raises BadInput."""
    for name in (request.policy.refusal_model, request.policy.overload_model):
        if name:
            instead(lab, request, name)
    return request


def remembered(lab: Lab, prompt: str | None, version: int | None) -> Policy:
    """The policy of the prompt that a call was made through; of a draft that of the prompt it is a draft of.
    One that is no longer there says nothing."""
    if prompt is None:
        return Policy()
    ref = f"{prompt}@{version}" if version else prompt
    try:
        return prompts.policy(prompts.load(lab.folder / "prompts", ref))
    except BadInput:
        return Policy()
