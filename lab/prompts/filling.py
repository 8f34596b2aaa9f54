"""A prompt with its values put in: what a request is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.errors import BadInput
from lab.policy import Policy
from lab.prompts import tools
from lab.prompts.behaviour import policy
from lab.prompts.prompt import Example, FewShot, Prompt
from lab.prompts.template import Fault, placeholders, render
from lab.prompts.values import filled
from lab.types import Message

FIVE_MINUTES = {"type": "ephemeral"}
"""A cache breakpoint; in a body itself, one that follows the end of the conversation."""


@dataclass(frozen=True)
class Filled:
    """What a prompt says, in the API's own shapes. `prompt` and `version` name where it came from.

    `options` holds the further fields of the body. model None: the prompt does not say.
    """

    prompt: str
    version: int
    messages: tuple[Message, ...]
    max_tokens: int
    model: str | None = None
    system: str | tuple[Message, ...] = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    policy: Policy = Policy()


def build(
    prompt: Prompt,
    fewshot: FewShot | None,
    input: str,
    values: Mapping[str, Any],
    context: Any = None,
) -> Filled:
    """What to send for what a person typed: `input`, with values for the prompt's variables.

    `fewshot` is the set that the prompt names. `context` is text, or a table or list that JSON can hold;
    it stands before the question. Few-shot turns are written with the same values. Raises BadInput.
    """
    _agree(prompt, fewshot, input)
    texts = filled(prompt, values)
    system = _rendered(prompt, "system", texts) if prompt.system else ""
    turns: list[Message] = []
    if fewshot and prompt.examples.place == "turns":
        turns = [turn for each in fewshot.examples for turn in _turns(prompt, each, texts)]
    elif fewshot:
        system = _with_examples(system, fewshot)
    question = _context(context) + _rendered(prompt, "user", {**texts, "input": input})
    if not question.strip():
        raise BadInput(f"There is nothing to ask: the turn for {prompt.name}@{prompt.version} is blank.")
    cached = _cached(prompt, system, turns)
    return Filled(
        prompt=prompt.name,
        version=prompt.version,
        messages=(*turns[:-1], *cached[1], {"role": "user", "content": question}),
        max_tokens=prompt.max_tokens,
        model=prompt.model,
        system=cached[0],
        options=options(prompt),
        policy=policy(prompt),
    )


def options(prompt: Prompt) -> dict[str, Any]:
    """The fields of the API's body that a prompt sets, beyond model, system, messages and max_tokens."""
    extra = dict(prompt.extra)
    output = dict(extra.pop("output_config", {}))
    if prompt.effort:
        output["effort"] = prompt.effort
    if prompt.schema:
        output["format"] = {"type": "json_schema", "schema": prompt.schema}
    own = {
        "output_config": output,
        "thinking": dict(prompt.thinking or {}),
        "stop_sequences": list(prompt.stop_sequences),
        "cache_control": dict(FIVE_MINUTES) if prompt.cache == "auto" else {},
        "tools": tools.sent(prompt.tools),
        "tool_choice": dict(prompt.tool_choice or {}),
    }
    return {**{name: value for name, value in own.items() if value}, **extra}


def _agree(prompt: Prompt, fewshot: FewShot | None, input: str) -> None:
    """Raise BadInput where prompt, set and input do not belong together."""
    about = f"{prompt.name}@{prompt.version}"
    if prompt.examples and not fewshot:
        raise BadInput(f"{about} shows examples of {prompt.examples.set}; it cannot be built without.")
    if fewshot and not prompt.examples:
        raise BadInput(f"{about} shows no examples, but the set {fewshot.name}@{fewshot.version} was given.")
    if input.strip() and "input" not in (each.name for each in placeholders(prompt.user)):
        raise BadInput(f"{about} has no {{{{input}}}} in user, so it would lose what was typed.")


def _rendered(prompt: Prompt, key: str, texts: Mapping[str, str]) -> str:
    try:
        return render(getattr(prompt, key), texts)
    except Fault as fault:
        raise BadInput(f"{prompt.name}@{prompt.version}, {key}, {fault}") from None


def _turns(prompt: Prompt, example: Example, texts: Mapping[str, str]) -> tuple[Message, Message]:
    question = _rendered(prompt, "user", {**texts, "input": example.input})
    return {"role": "user", "content": question}, {"role": "assistant", "content": _answer(example)}


def _answer(example: Example) -> str:
    output = example.output
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)


def _with_examples(system: str, fewshot: FewShot) -> str:
    shown = "\n\n".join(
        f"<example>\n<input>\n{each.input.strip()}\n</input>\n"
        f"<output>\n{_answer(each).strip()}\n</output>\n</example>"
        for each in fewshot.examples
    )
    head = f"{system.rstrip()}\n\n" if system.strip() else ""
    return f"{head}Examples of good answers:\n\n{shown}"


def _context(context: Any) -> str:
    """The block before the question; nothing where nothing is known."""
    if isinstance(context, str):
        return f"Context:\n{context.strip()}\n\n" if context.strip() else ""
    if context in (None, {}, [], ()):
        return ""
    try:
        text = json.dumps(context, indent=2, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise BadInput("The context must be text, or something that JSON can hold.") from None
    return f"Context:\n{text}\n\n"


def _cached(
    prompt: Prompt, system: str, turns: list[Message]
) -> tuple[str | tuple[Message, ...], list[Message]]:
    """The system text and the last example's answer, one of them with the breakpoint if there is one."""
    last = turns[-1:]
    if not prompt.cache:
        return system, last
    mark = {**FIVE_MINUTES, "ttl": "1h"} if prompt.cache == "1h" else dict(FIVE_MINUTES)
    if last:
        block = {"type": "text", "text": last[0]["content"], "cache_control": mark}
        return system, [{**last[0], "content": [block]}]
    if system.strip():
        return ({"type": "text", "text": system, "cache_control": mark},), last
    return system, last
