"""Thinking: when an answer begins with a thought, what is refused, and what a replayed thought is held to.

A signature says which model thought, after what, and which text of it was shown; anyone can check it.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from lab.models import Model
from lab.sim.events import Part, pieces
from lab.sim.http import Json, require
from lab.sim.prompt import content_blocks

_THOUGHT = "A simulated thought: the question is read, a tone is chosen, and the answer is put in order."
_LEAST = 1024  # tokens of a budget
_DISPLAYS = (None, "summarized", "omitted")
_FIELDS: dict[str, set[str]] = {
    "adaptive": {"display"}, "enabled": {"budget_tokens", "display"},
    "disabled": set(), "between_tools": set(),
}  # fmt: skip
_KINDS = ("thinking", "redacted_thinking")
# Models whose thoughts hold only while all that stood before them is as it was.
BOUND = tuple(f"claude-{name}" for name in ("fable-5-1", "fable-5-2", "opus-5-5", "sonnet-5-5", "haiku-5-5"))


def check(body: Json, limit: int | None) -> None:
    """Refuses what no model takes; `limit` is max_tokens, None where nothing is to be written."""
    asked = body["thinking"]
    kind, budget = asked.get("type"), asked.get("budget_tokens")
    require(not asked or kind in _FIELDS, f"thinking.type: must be one of {', '.join(_FIELDS)}.")
    extra = asked.keys() - {"type"} - _FIELDS.get(kind, set())
    require(not extra, f"thinking: {kind} takes no {', '.join(sorted(extra))}.")
    require(asked.get("display") in _DISPLAYS, "thinking.display: must be summarized or omitted.")
    if kind == "enabled":
        enough = type(budget) is int and budget >= _LEAST
        require(enough, f"thinking.budget_tokens: must be at least {_LEAST}.")
        require(limit is None or budget < limit, "thinking.budget_tokens: must be below max_tokens.")


def kept(body: Json, model: Model) -> list[dict[str, Any]]:
    """The messages without other models' thoughts. Raises Problem where a thought is not as it was given."""
    found = []
    for at, message in enumerate(body["messages"]):
        blocks = content_blocks(message["content"])
        thoughts = [block for block in blocks if block["type"] in _KINDS]
        require(not thoughts or message["role"] == "assistant", f"messages.{at}: only the assistant thinks.")
        own = [block for block in blocks if block["type"] != "thinking" or _holds(block, body, model, at)]
        found.append({**message, "content": own} if len(own) < len(blocks) else message)
    return found


def _holds(block: Json, body: Json, model: Model, at: int) -> bool:
    """Whether a thought is this model's."""
    text, signature = block.get("thinking"), block.get("signature")
    signed = isinstance(text, str) and isinstance(signature, str)
    name, context = [*str(signature).split("~"), "", ""][1:3]
    genuine = signed and signature == _signature(name, context, text)
    require(genuine, f"messages.{at}: the signature of a thinking block is not that of its text.")
    if name == model.id and model.id in BOUND:
        while at and body["messages"][at - 1]["role"] == "assistant":
            at -= 1
        same = context == _context(body, at)
        require(same, f"messages.{at}: what stood before a thinking block has changed; leave the block out.")
    return name == model.id


def _signature(model: str, context: str, text: str) -> str:
    signed = f"sim~{model}~{context}"
    return f"{signed}~{sha256(f'{signed}~{text}'.encode()).hexdigest()[:16]}"


def _context(body: Json, end: int) -> str:
    """The hash of the tools, the system prompt and the messages before `end`; thoughts do not count."""
    parts = [("tools", tool) for tool in body["tools"]]
    parts += [("system", block) for block in content_blocks(body.get("system") or ())]
    for message in body["messages"][:end]:
        parts += [(message["role"], block) for block in content_blocks(message["content"])]
    plain = [
        (section, {name: value for name, value in part.items() if name != "cache_control"})
        for section, part in parts
        if part.get("type") not in _KINDS
    ]
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


def thought(body: Json, model: Model, room: int) -> list[str]:
    """The tokens of the thought that an answer begins with; none where it does not think."""
    kind, last = body["thinking"].get("type"), content_blocks(body["messages"][-1]["content"])
    thinks = kind in ("adaptive", "enabled") or (kind is None and model.thinking_default in ("on", "always"))
    if kind == "between_tools":
        thinks = any(block["type"] == "tool_result" for block in last)
    return pieces(_THOUGHT, {})[: room // 2] if thinks else []


def block(thought: list[str], body: Json, model: Model) -> Part:
    """The block of a thought; where it is not shown, it is nothing but its signature."""
    display = body["thinking"].get("display")
    shown = display == "summarized" or (display is None and model.new_tokenizer is False)
    text = "".join(thought) * shown
    signature = _signature(model.id, _context(body, len(body["messages"])), text)
    deltas = [("thinking", piece, 1) for piece in thought * shown]
    deltas.append(("signature", signature, 0 if shown else len(thought)))
    return Part({"type": "thinking", "thinking": text, "signature": signature}, deltas)
