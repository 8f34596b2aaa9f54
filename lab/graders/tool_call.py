"""The model called the expected tools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any

from lab.graders import _json, json_schema
from lab.graders._terms import Place, Sample, nearest, shown

WHOLE = True
NONE = "none"
PARTS = ("name", "arguments", "schema")


@dataclass(frozen=True)
class Wanted:
    """A call: of which tool, with these arguments among others, which fit a schema."""

    name: str
    arguments: Any = None
    schema: json_schema.Schema | None = None


def tool_call(picked: str, expected: tuple[Wanted, ...], sample: Sample) -> tuple[bool, str]:
    """`expected`: a tool's name; a table with `name`, and `arguments` that must be among the call's or a
    `schema` that they fit; a list of these, called in this order; or `none`.

    All calls count that the model made on its way to the answer, those answered by mocks too; others may
    stand before, between and after. Arguments are compared as `json` does, and tables may hold more.
    """
    calls = [block for block in sample.content if str(block.get("type", "")).endswith("tool_use")]
    names = ", ".join(block["name"] for block in calls)
    if not expected:
        return not calls, f"calls {names}" if calls else "calls no tool"
    at = 0
    for wanted in expected:
        found = next((n for n in range(at, len(calls)) if _unlike(wanted, calls[n]) is None), None)
        if found is None:
            return False, _why(wanted, calls[at:], f"calls {names}" if calls else "calls no tool", at)
        at = found + 1
    return True, f"calls {names}"


def ready(value: object, place: Place) -> tuple[Wanted, ...]:
    """The calls in their order; none where there must be none. Raises BadInput."""
    if value == NONE:
        return ()
    if isinstance(value, list) and value:
        inside = place.within("tool_call")
        return tuple(_wanted(each, inside, index) for index, each in enumerate(value))
    return (_wanted(value, place, "tool_call"),)


def _wanted(value: object, place: Place, *path: str | int) -> Wanted:
    if isinstance(value, str) and value.strip():
        return Wanted(value)
    if not isinstance(value, dict):
        raise place.error("a call is a tool's name, or {name: …, arguments: {…}}; `none` is no call.", *path)
    for key in value:
        if key not in PARTS:
            raise place.error(f"a call has no '{key}'. {nearest(key, PARTS)}", *path, key)
    name, arguments = value.get("name"), value.get("arguments")
    if not isinstance(name, str) or not name.strip():
        raise place.error("a call needs the `name` of its tool.", *path)
    if arguments is not None and not isinstance(arguments, dict):
        raise place.error(f"arguments are a table, not {arguments!r}.", *path, "arguments")
    schema = None
    if "schema" in value:
        schema = json_schema.ready(
            value["schema"], Place(place.folder, lambda *_: place.where(*path, "schema"))
        )
    return Wanted(name, arguments, schema)


def _unlike(wanted: Wanted, call: Any) -> str | None:
    """What a call has that it should not have, if anything."""
    if call["name"] != wanted.name:
        return f"calls {call['name']}"
    given = call.get("input")
    if wanted.arguments is not None and not _json.same(wanted.arguments, given, more=True):
        return f"calls {wanted.name} with {_written(given)}, which lacks {_written(wanted.arguments)}"
    if wanted.schema:
        from jsonschema.exceptions import best_match

        if error := best_match(wanted.schema.validator.iter_errors(given)):
            fault = f"{error.json_path}: {shown(error.message, 200)}"
            return f"calls {wanted.name} with arguments that do not fit the schema at {fault}"
    return None


def _why(wanted: Wanted, left: Sequence[Any], called: str, at: int) -> str:
    """Why no call is the wanted one: what the last of its tool had wrong, or that there is none."""
    same = [call for call in left if call["name"] == wanted.name]
    if same:
        return str(_unlike(wanted, same[-1]))
    return f"{called}, and not {wanted.name}{' after that' if at else ''}"


def _written(value: Any) -> str:
    text = dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else f"{text[:200]}…"
