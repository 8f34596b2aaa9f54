"""`of:` picks the part of an answer that is graded."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

from lab.graders import _json, _patterns
from lab.graders._numbers import last_number
from lab.graders._terms import Missing, Place, nearest, shown

FORMS = ("last number", "first json", "json", "regex")
STEP = re.compile(r"\.?(?P<name>[^.\[\]]+)|\[(?P<position>-?[0-9]{1,9})\]")


@dataclass(frozen=True)
class Pick:
    """What to pick. `path`: names and positions in JSON; `pattern`: for a regular expression."""

    form: Literal["last number", "first json", "json", "regex"]
    path: tuple[str | int, ...] = ()
    pattern: str = ""


def parse(of: object, place: Place) -> Pick:
    """What stands after `of:`, which is at `place`. Raises BadInput."""
    if of in ("last number", "first json"):
        return Pick(of)
    if not isinstance(of, dict) or len(of) != 1:
        hint = nearest(of, FORMS) if isinstance(of, str) else ""
        forms = '`last number`, `first json`, `{json: items[0].name}` or `{regex: "Answer: (.*)"}`'
        raise place.error(f"`of` picks one thing: {forms}. {hint}".strip())
    ((form, value),) = of.items()
    if form == "json":
        return Pick("json", path=steps(value, place.within("json")))
    if form == "regex":
        return Pick("regex", pattern=_patterns.checked(value, place.within("regex")))
    raise place.error(f"`of` cannot pick '{form}'. {nearest(form, FORMS)}", form)


def steps(path: object, place: Place) -> tuple[str | int, ...]:
    """`items[0].name` -> ('items', 0, 'name'). Raises BadInput."""
    found: list[str | int] = []
    at = 0
    while isinstance(path, str) and at < len(path):
        step = STEP.match(path, at)
        if not step or (step[0][0] == ".") != bool(at and step["name"]):
            break
        found.append(step["name"] or int(step["position"]))
        at = step.end()
    if not isinstance(path, str) or not path or at < len(path):
        raise place.error(f"{path!r} is not a path in JSON, such as items[0].name.")
    return tuple(found)


def pick(of: Pick | None, text: str, keep_json: bool = False) -> str:
    """The part of the text to be graded; all of it where `of` is None.

    A text found in JSON comes without its quotes, unless `keep_json`; other values come as JSON. Raises
    Missing where there is nothing to pick, ValueError where a pattern cannot be searched.
    """
    if of is None:
        return text
    if of.form == "last number":
        if (number := last_number(text)) is None:
            raise Missing(f"has no number in it: {shown(text)}")
        return format(number, "f")
    if of.form == "first json":
        return _json.first(text)
    if of.form == "json":
        value = walk(_json.read(text)[0], of.path)
        return value if isinstance(value, str) and not keep_json else json.dumps(value, ensure_ascii=False)
    found = _patterns.search(of.pattern, text)
    picked = found[1 if found.re.groups else 0] if found else None
    if picked is None:
        raise Missing(f"has nothing that matches {shown(of.pattern)}")
    return picked


def walk(value: Any, path: tuple[str | int, ...]) -> Any:
    """The value at a path. Raises Missing naming the first step that leads nowhere."""
    for step in path:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                raise Missing(f"has no '{step}' where it is looked for")
        elif not isinstance(value, list) or not -len(value) <= step < len(value):
            raise Missing(f"has no item [{step}] where it is looked for")
        value = value[step]
    return value
