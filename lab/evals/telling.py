"""From a logged call back to what was put into its prompt."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lab import prompts
from lab.engine import Lab
from lab.errors import BadInput
from lab.prompts import FewShot, Prompt, Variable
from lab.types import Message

HOLE = re.compile(r"(?<!\\)\{\{[ \t]*(\w+)[ \t]*\}\}")
CONTEXT = "Context:\n"
SHOWN = "\n\nExamples of good answers:\n\n<example>"


@dataclass(frozen=True)
class Told:
    """What was asked: the `messages` of the conversation alone, whose first says `opening` in a person's own
    words. `usual` names the values that are the prompt's defaults. `note` says what could not be told."""

    messages: Sequence[Message]
    opening: str
    values: Mapping[str, Any] = field(default_factory=dict)
    usual: frozenset[str] = frozenset()
    context: str = ""
    note: str = ""


def told(lab: Lab, call: Mapping[str, Any]) -> Told:
    """Of a call as `store.call` gives it. What a prompt and its values come to must be what was sent, to the
    letter; else its text counts as typed. Raises BadInput where nothing of the call was kept."""
    if call["request"] is None:
        raise BadInput(f"Nothing of call {call['id']} was kept, so it cannot become a case.")
    messages = _asked(call["request"]["messages"])
    typed = Told(messages, words(messages[0]))
    if not call["prompt"]:
        return typed
    name = f"{call['prompt']}@{call['version']}"
    try:
        prompt = prompts.load(lab.folder / "prompts", name)
        shown = prompts.fewshot(lab.folder / "prompts", prompt.examples.set) if prompt.examples else None
    except BadInput:
        return replace(typed, note=f"The prompt {name} is not there any more: its text counts as typed.")
    for found in _solutions(prompt, shown, call["request"], messages):
        if _is_same(prompt, shown, found, call["request"]):
            usual = {key for key, value in found.values.items() if _is_usual(prompt, key, value)}
            return replace(found, usual=frozenset(usual))
    return replace(typed, note=f"What was put into {name} cannot be told: its text counts as typed.")


def words(message: Message) -> str:
    """The text of a message."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content if block.get("type") == "text")


def solved(template: str, text: str) -> dict[str, str] | None:
    """The values with which a template gives a text, each as short as can be; None where there are none."""
    literals = [part.replace("\\{{", "{{") for part in HOLE.split(template)[::2]]
    names, values = HOLE.findall(template), []
    if not text.startswith(literals[0]):
        return None
    at = len(literals[0])
    for number, literal in enumerate(literals[1:], 1):
        is_last = number == len(names)
        end = len(text) - len(literal) if is_last and text.endswith(literal) else text.find(literal, at)
        if end < at or (is_last and end + len(literal) != len(text)):
            return None
        values.append(text[at:end])
        at = end + len(literal)
    found = dict(zip(names, values, strict=True))
    is_whole = at == len(text) and all(
        found[name] == value for name, value in zip(names, values, strict=True)
    )
    return found if is_whole else None


def _asked(messages: Sequence[Message]) -> Sequence[Message]:
    """Up to the last question: without the calls of tools and their answers that followed it."""
    kept = [*messages]
    while len(kept) > 2 and (kept[-1]["role"] == "assistant" or _is_result(kept[-1])):
        kept.pop()
    return kept


def _is_result(message: Message) -> bool:
    content = message["content"]
    return not isinstance(content, str) and any(each.get("type") == "tool_result" for each in content)


def _solutions(
    prompt: Prompt, shown: FewShot | None, sent: Mapping[str, Any], messages: Sequence[Message]
) -> list[Told]:
    """What may have been put in; a context ends at the last empty line that it can."""
    template, system = prompt.system, words({"content": sent.get("system") or ""})
    if shown and prompt.examples.place == "system":
        template, system = template.rstrip(), system.partition(SHOWN)[0]
    by_system = solved(template, system)
    count = 2 * len(shown.examples) if shown and prompt.examples.place == "turns" else 0
    if by_system is None or len(messages) <= count:
        return []
    rest = messages[count:]
    text, found = words(rest[0]), []
    splits = [(text, "")]
    if text.startswith(CONTEXT):
        ends = [match.start() for match in re.finditer("\n\n", text)][-50:]
        splits += [(text[end + 2 :], text[len(CONTEXT) : end]) for end in reversed(ends)]
    for question, context in splits[1:] + splits[:1]:
        if (by_user := solved(prompt.user, question)) is not None:
            values = {**by_system, **by_user}
            opening = values.pop("input", "")
            typed = {name: _value(prompt.variables.get(name), value) for name, value in values.items()}
            found.append(Told(rest, opening, typed, context=context))
    return found


def _is_same(prompt: Prompt, shown: FewShot | None, found: Told, sent: Mapping[str, Any]) -> bool:
    try:
        built = prompts.build(prompt, shown, found.opening, found.values, found.context)
    except BadInput:
        return False
    system = words({"content": built.system}) == words({"content": sent.get("system") or ""})
    count = len(built.messages)
    return system and [*map(words, built.messages)] == [*map(words, sent["messages"][:count])]


def _value(variable: Variable | None, text: str) -> Any:
    """The value that a variable was written from."""
    if variable is None or variable.type == "text":
        return text
    try:
        return json.loads(text) if text else []
    except (ValueError, RecursionError):
        return [line.replace("\n  ", "\n") for line in text.removeprefix("- ").split("\n- ")]


def _is_usual(prompt: Prompt, name: str, value: Any) -> bool:
    """Whether a value is the prompt's own."""
    variable = prompt.variables.get(name)
    return variable is not None and variable.default is not None and str(variable.default) == str(value)
