"""From a document to a prompt or a few-shot set, or to the sentence about what is wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lab.documents import Document
from lab.errors import BadInput, nearest
from lab.prompts import behaviour, field, template, tools
from lab.prompts.field import Where
from lab.prompts.prompt import RESERVED, Example, Examples, FewShot, Prompt, Variable
from lab.prompts.values import written

EFFORTS = ("low", "medium", "high", "xhigh", "max")
THINKING = ("adaptive", "disabled", "between_tools")
DISPLAY = ("summarized", "omitted")
OWN = {"model": "model", "max_tokens": "max_tokens", "system": "system", "messages": "user"}
"""Fields of the API's body that `extra` may never hold, and those of a prompt file that say it."""
SHARED = ("thinking", "stop_sequences", "tools", "tool_choice")
"""Fields that `extra` may hold where the prompt does not."""


def prompt(document: Document, name: str, version: int, hash: str) -> Prompt:
    """The prompt in a file, as far as its fields can be read. Raises BadInput (see also `faults`)."""
    if document.value is None:
        raise document.error("the file is empty. Write system: and the text below it.")
    table = field.table(document, (), READERS)
    given = {key: READERS[key](document, (key,)) for key in table}
    if "system" not in given and "user" not in given:
        raise document.error("the prompt says nothing: it needs system, user or both.")
    return Prompt(name, version, **given, hash=hash)


def fewshot(document: Document, name: str, version: int, hash: str) -> FewShot:
    """The few-shot set in a file. Raises BadInput."""
    if document.value is None:
        raise document.error("the file is empty. Write examples: and below it a list of input and output.")
    table = field.table(document, (), ("description", "message", "examples"))
    if "examples" not in table:
        raise document.error("the set needs examples: a list of input and output.")
    count = len(field.entries(document, ("examples",)))
    pairs = tuple(_pair(document, ("examples", n)) for n in range(count))
    said = {key: field.text(document, (key,)) for key in ("description", "message") if key in table}
    return FewShot(name, version, examples=pairs, hash=hash, **said)


def faults(document: Document, prompt: Prompt) -> Iterator[BadInput]:
    """What is wrong with a prompt whose fields could be read: its templates, and fields that clash."""
    used: set[str] = set()
    for key, text in (("system", prompt.system), ("user", prompt.user)):
        try:
            for name, below in template.placeholders(text):
                used.add(name)
                if fault := _misplaced(name, key, prompt):
                    yield document.error(fault, key, below=below)
        except template.Fault as fault:
            yield document.error(fault.sentence, key, below=fault.below)
            used |= {"input", *prompt.variables}
    for name in prompt.variables:
        if name not in used:
            sentence = f"'{name}' is declared, but neither system nor user holds {{{{{name}}}}}."
            unknown = [each for each in used if each not in prompt.variables and each not in RESERVED]
            yield document.error(sentence + nearest(name, unknown), "variables", name)
    if prompt.examples and prompt.examples.place == "turns" and "input" not in used:
        sentence = "examples can only be turns where user holds {{input}}. Write as: system."
        yield document.error(sentence, "examples")
    if prompt.cache in ("5m", "1h") and not prompt.system and not prompt.examples:
        yield document.error("cache needs something to keep: a system text, or examples.", "cache")
    yield from tools.faults(document, prompt.tools, prompt.tool_choice)


def _misplaced(name: str, key: str, prompt: Prompt) -> str | None:
    """Why a placeholder cannot stand in `system` or `user`."""
    if name == "context":
        return "{{context}} is put before the question by itself. Take it out."
    if name == "input" and key == "system":
        return "{{input}} is what a person typed; it belongs into user, never into system."
    if name in prompt.variables or name == "input":
        return None
    hint = nearest(name, (*prompt.variables, "input"))
    return f"{{{{{name}}}}} is not declared under variables.{hint or f' Write {name}: {{}} there.'}"


def _thinking(document: Document, where: Where) -> Mapping[str, str]:
    value = field.at(document, where)
    if not isinstance(value, dict):
        return {"type": field.word(document, where, THINKING)}
    field.table(document, where, ("type", "display"))
    if "type" not in value:
        raise document.error("thinking needs a type: adaptive, disabled or between_tools.", *where)
    kind = {"type": field.word(document, (*where, "type"), THINKING)}
    if "display" not in value:
        return kind
    if kind["type"] != "adaptive":
        raise document.error(f"thinking that is {kind['type']} takes no display.", *where, "display")
    return {**kind, "display": field.word(document, (*where, "display"), DISPLAY)}


def _variables(document: Document, where: Where) -> Mapping[str, Variable]:
    table = field.table(document, where)
    return {name: _variable(document, (*where, name)) for name in table}


def _variable(document: Document, where: Where) -> Variable:
    name = str(where[-1])
    if not template.NAME.fullmatch(name):
        raise document.error(f"'{name}' cannot name a variable: those are {template.NAME_RULE}.", *where)
    if name in RESERVED:
        raise document.error(f"'{name}' is there already. Give the variable another name.", *where)
    if field.at(document, where) is None:
        raise document.error(f"variables.{name} is empty. For a plain text write {name}: {{}}.", *where)
    table = field.table(document, where, ("type", "default", "example", "description"))
    kind = field.word(document, (*where, "type"), ("text", "list", "json")) if "type" in table else "text"
    for key in ("default", "example"):
        if table.get(key) is not None:
            field.data(document, (*where, key))
            try:
                written(kind, table[key])
            except BadInput as error:
                raise document.error(f"{field.named((*where, key))} {error}", *where, key) from None
    said = field.text(document, (*where, "description")) if "description" in table else ""
    return Variable(kind, table.get("default"), table.get("example"), said)


def _examples(document: Document, where: Where) -> Examples:
    table = field.table(document, where, ("set", "as"))
    if "set" not in table:
        raise document.error("examples needs a set: the name of a few-shot set.", *where)
    ref = field.text(document, (*where, "set"))
    place = field.word(document, (*where, "as"), ("turns", "system")) if "as" in table else "turns"
    return Examples(ref, place)


def _schema(document: Document, where: Where) -> Mapping[str, Any]:
    table = field.table(document, where)
    if not table:
        raise document.error("schema is an empty table. Write a JSON schema, or take it out.", *where)
    return field.data(document, where)


def _extra(document: Document, where: Where) -> Mapping[str, Any]:
    extra = field.table(document, where)
    field.data(document, where)
    for name in extra:
        own = OWN.get(name) or (name if name in SHARED and name in document.value else None)
        if own:
            raise document.error(f"extra.{name} has a field of its own: {own}. Write it there.", *where, name)
        if name == "stream":
            raise document.error("extra.stream is for the lab to say. Take it out.", *where, name)
    if "output_config" in extra:
        output = field.table(document, (*where, "output_config"))
        for name, own in (("effort", "effort"), ("format", "schema")):
            if name in output and own in document.value:
                sentence = f"extra.output_config.{name} is said twice: the field {own} says it too."
                raise document.error(sentence, *where, "output_config", name)
    return extra


def _pair(document: Document, where: Where) -> Example:
    table = field.table(document, where, ("input", "output"))
    for key in ("input", "output"):
        if key not in table:
            raise document.error(f"{field.named(where)} has no {key}.", *where)
    output = table["output"]
    read = field.data if isinstance(output, (dict, list)) and output else field.text
    return Example(field.text(document, (*where, "input")), read(document, (*where, "output")))


READERS: Mapping[str, Callable[[Document, Where], Any]] = {
    "description": field.text,
    "message": field.text,
    "model": field.text,
    "max_tokens": field.whole,
    "effort": lambda document, where: field.word(document, where, EFFORTS),
    "thinking": _thinking,
    "system": field.text,
    "user": field.text,
    "variables": _variables,
    "examples": _examples,
    "schema": _schema,
    "stop_sequences": field.texts,
    "cache": lambda document, where: field.word(document, where, ("5m", "1h", "auto")),
    "tools": tools.tools,
    "tool_choice": tools.choice,
    "on_refusal": behaviour.on_refusal,
    "on_overload": behaviour.fallback,
    "extra": _extra,
}
