"""A prompt or a few-shot set as a form: what stands in each of its boxes, and back again.

A form is what was typed, right or wrong: texts by the name of their box, `max_tokens` a number, and for
a set `pairs`, a list of rows. In `yaml` it is the whole as YAML, in place of the boxes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab import documents
from lab.documents import Document
from lab.prompts import field, plan, reading, shelf
from lab.prompts.prompt import MAX_TOKENS, USER, FewShot, Prompt, fields

BOXES = {
    "description": "Description",
    "system": "System",
    "user": "User",
    "model": "Model",
    "max_tokens": "Max tokens",
    "effort": "Effort",
    "set": "Few-shot set",
    "place": "Shown",
    "variables": "Variables",
    "others": "Other settings",
    "pairs": "Examples",
}
"""The boxes, and what they are called where people see them."""
OTHERS = (
    *("thinking", "schema", "stop_sequences", "cache"),
    *("tools", "tool_choice", "on_refusal", "on_overload", "extra"),
)
"""Fields that share a box, as YAML."""
HOLDS = {**dict.fromkeys(OTHERS, "others"), "examples": "set"}
WHOLE = "The YAML"

Form = Mapping[str, Any]


@dataclass(frozen=True)
class _Boxes(Document):
    """A form as a document: what is wrong in it stands on a line of a box."""

    def where(self, *path: str | int, below: int | None = None) -> str:
        if isinstance(self.value.get("examples"), list) and path[:1] == ("examples",):
            return BOXES["pairs"] + (f", row {path[1] + 1}" if len(path) > 1 else "")
        box = HOLDS.get(str(path[0]), str(path[0])) if path else ""
        if below is None:
            while path and path not in self.lines:
                path = path[:-1]
            line = self.lines.get(path)
        else:
            line = below + 1
        return BOXES.get(box, self.file) + (f", line {line}" if line else "")


def form(thing: Prompt | FewShot) -> dict[str, Any]:
    """The form that stands for it."""
    table = fields(thing)
    if isinstance(thing, FewShot):
        rows = [{"input": each.input, "output": _cell(each.output)} for each in thing.examples]
        return {"description": thing.description, "pairs": rows}
    others = {name: table[name] for name in OTHERS if name in table}
    return {
        "description": thing.description,
        "system": thing.system,
        "user": thing.user,
        "model": thing.model or "",
        "max_tokens": thing.max_tokens,
        "effort": thing.effort or "",
        "set": thing.examples.set if thing.examples else "",
        "place": thing.examples.place if thing.examples else "turns",
        "variables": documents.dump(table.get("variables", {})),
        "others": documents.dump(others),
    }


def given(form: Form) -> dict[str, Any]:
    """The table of fields that a form gives, without a look at whether they are right. Raises BadInput for
    a box that is not YAML."""
    return _document(form, "").value


def checked(form: Form, name: str) -> Prompt | FewShot:
    """What a form says. Raises BadInput with the box and the line in it."""
    if "yaml" in form:
        return plan.read(name, form["yaml"], WHOLE, 0)
    document = _document(form, name)
    if name.startswith(f"{shelf.SETS}/"):
        return reading.fewshot(document, name, 0, "")
    prompt = reading.prompt(document, name, 0, "")
    for fault in reading.faults(document, prompt):
        raise fault
    return prompt


def as_yaml(given: Mapping[str, Any]) -> str:
    """A table of fields, right or wrong, in the order of a file; without the message, which has its line."""
    known = [name for name in reading.READERS if name in given]
    return documents.dump({name: given[name] for name in known if name != "message"})


def _document(form: Form, name: str) -> Document:
    if "pairs" in form:
        rows = [row for row in form["pairs"] if any(row.get(key) for key in ("input", "output"))]
        pairs = [{"input": row.get("input"), "output": _value(row.get("output"))} for row in rows]
        table = {"description": _unless_blank(form["description"]), "examples": pairs}
        return _Boxes(name, {key: value for key, value in table.items() if value}, {})
    parts = {key: _part(form, key) for key in ("variables", "others")}
    field.table(parts["others"], (), OTHERS)
    shown = {"set": form["set"]} | ({} if form["place"] == "turns" else {"as": form["place"]})
    table = {
        "description": _unless_blank(form["description"]),
        "model": form["model"],
        "max_tokens": None if form["max_tokens"] == MAX_TOKENS else form["max_tokens"],
        "effort": form["effort"],
        "system": _unless_blank(form["system"]),
        "user": "" if form["user"] == USER and form["system"].strip() else form["user"],
        "variables": parts["variables"].value,
        "examples": shown if form["set"] else None,
        **parts["others"].value,
    }
    lines = {("variables", *path): line for path, line in parts["variables"].lines.items() if path}
    lines |= {path: line for path, line in parts["others"].lines.items() if path}
    return _Boxes(name, {key: value for key, value in table.items() if value not in (None, "", {})}, lines)


def _part(form: Form, key: str) -> Document:
    """A box that holds YAML: a table, or nothing."""
    document = documents.parse(form[key], BOXES[key])
    if document.value is None:
        return Document(document.file, {}, {})
    if not isinstance(document.value, dict):
        raise document.error("this must be a table: a name, a colon, and what it is.")
    return document


def _unless_blank(text: str) -> str:
    return text if text.strip() else ""


def _cell(output: Any) -> str:
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)


def _value(cell: str | None) -> Any:
    """What a cell holds: a table or list where it is written just as the model is shown one, else text."""
    if cell and cell[0] in "[{":
        try:
            value = json.loads(cell)
        except (ValueError, RecursionError):
            return cell
        return value if _cell(value) == cell else cell
    return cell


def pairs(rows: Sequence[Mapping[str, Any]], changes: Mapping[str, Any]) -> list[dict[str, str]]:
    """Rows of a table of examples after `edited_rows` (new cells by the row's number), `deleted_rows`
    (numbers) and `added_rows`."""
    edited, deleted = changes.get("edited_rows", {}), changes.get("deleted_rows", ())
    left = [{**row, **edited.get(n, {})} for n, row in enumerate(rows) if n not in deleted]
    left += changes.get("added_rows", ())
    return [{key: row.get(key) or "" for key in ("input", "output")} for row in left]
