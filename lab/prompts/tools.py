"""The tools that a prompt gives to the model, and the answers that it has ready for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lab.documents import Document
from lab.errors import BadInput, nearest
from lab.policy import Mock
from lab.prompts import field
from lab.prompts.field import Where

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
SENT = ("name", "description", "input_schema", "strict")
"""Fields of a tool that are the API's own."""
CHOICES = ("auto", "any", "none", "tool")


def tools(document: Document, where: Where) -> tuple[Mapping[str, Any], ...]:
    """Tools as they are written. Raises BadInput."""
    found = [_tool(document, (*where, n)) for n in range(len(field.entries(document, where)))]
    names = [each["name"] for each in found]
    for n, name in enumerate(names):
        if name in names[:n]:
            raise document.error(f"the tool '{name}' stands here twice.", *where, n)
    return tuple(found)


def _tool(document: Document, where: Where) -> Mapping[str, Any]:
    table = field.table(document, where, (*SENT, "mock", "mocks"))
    for key in ("name", "input_schema"):
        if key not in table:
            raise document.error(f"{field.named(where)} has no {key}.", *where)
    if not NAME.fullmatch(field.text(document, (*where, "name"))):
        sentence = f"'{table['name']}' cannot name a tool: letters, digits, - and _, up to 64 of them."
        raise document.error(sentence, *where, "name")
    if "description" in table:
        field.text(document, (*where, "description"))
    schema = field.table(document, (*where, "input_schema"))
    field.data(document, (*where, "input_schema"))
    if schema.get("type") != "object":
        raise document.error(f"{field.named(where)}.input_schema needs type: object.", *where, "input_schema")
    if not isinstance(table.get("strict", False), bool):
        raise document.error(f"{field.named(where)}.strict must be true or false.", *where, "strict")
    if "mock" in table and "mocks" in table:
        raise document.error(f"{field.named(where)} has both mock and mocks. Keep one.", *where, "mocks")
    if "mock" in table:
        _answer(document, (*where, "mock"))
    for n in range(len(field.entries(document, (*where, "mocks"))) if "mocks" in table else 0):
        _mock(document, (*where, "mocks", n), schema.get("properties"))
    return table


def _mock(document: Document, where: Where, properties: Any) -> None:
    table = field.table(document, where, ("when", "answer"))
    if "answer" not in table:
        raise document.error(f"{field.named(where)} has no answer.", *where)
    _answer(document, (*where, "answer"))
    for name in field.table(document, (*where, "when")) if "when" in table else ():
        field.data(document, (*where, "when", name))
        if isinstance(properties, dict) and name not in properties:
            sentence = f"the tool has no field '{name}' in its input_schema.{nearest(name, properties)}"
            raise document.error(sentence, *where, "when", name)


def _answer(document: Document, where: Where) -> None:
    """Text, or a table or list that stands for its JSON."""
    (field.data if isinstance(field.at(document, where), (dict, list)) else field.text)(document, where)


def choice(document: Document, where: Where) -> Mapping[str, Any]:
    """`auto`, `any`, `none`, or a table as the API has it. Raises BadInput."""
    if not isinstance(field.at(document, where), dict):
        return {"type": field.word(document, where, CHOICES[:3])}
    table = field.table(document, where, ("type", "name", "disable_parallel_tool_use"))
    if "type" not in table:
        raise document.error("tool_choice needs a type: auto, any, none or tool.", *where)
    kind = field.word(document, (*where, "type"), CHOICES)
    if (kind == "tool") != ("name" in table):
        raise document.error("tool_choice names a tool where its type is tool, and only there.", *where)
    if not isinstance(table.get("disable_parallel_tool_use", False), bool):
        raise document.error("tool_choice.disable_parallel_tool_use must be true or false.", *where)
    return table


def faults(
    document: Document, given: Sequence[Mapping[str, Any]], chosen: Mapping[str, Any] | None
) -> Iterator[BadInput]:
    """What is wrong between `tools` and `tool_choice`."""
    names = [each["name"] for each in given]
    if chosen and not given:
        yield document.error("tool_choice needs tools to choose from.", "tool_choice")
    elif chosen and chosen.get("name") not in (None, *names):
        hint = nearest(chosen["name"], names)
        yield document.error(f"tool_choice names '{chosen['name']}', which is no tool.{hint}", "tool_choice")


def sent(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The tools as the API takes them."""
    return [{name: each[name] for name in SENT if name in each} for each in given]


def mocks(given: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Mock, ...]]:
    """The answers that are ready, by tool."""
    found = {}
    for each in given:
        rows = [{"answer": each["mock"]}] if "mock" in each else each.get("mocks", [])
        if rows:
            found[each["name"]] = tuple(Mock(_text(row["answer"]), row.get("when", {})) for row in rows)
    return found


def _text(answer: Any) -> str:
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
