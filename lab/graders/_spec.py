"""From a line of `graders:` to a grader."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from lab.graders import _pick
from lab.graders._terms import Place, nearest

SIBLINGS = ("of", "name")
Paths = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Grader:
    """One line of `graders:`. `expected` and `options` are as they stand, with their templates; `ready` is
    what they come to where they have none. `named`: the name was given, not derived."""

    kind: str
    name: str
    named: bool
    negated: bool
    of: _pick.Pick | None
    expected: Any
    options: Mapping[str, Any]
    place: Place = field(compare=False, repr=False)
    ready: Any = None


@functools.cache
def names() -> tuple[str, ...]:
    """Every grader there is: the files of this folder."""
    files = Path(__file__).parent.glob("*.py")
    return tuple(sorted(file.stem for file in files if not file.stem.startswith("_")))


def module(kind: str) -> ModuleType:
    """A grader's file."""
    return import_module(f"lab.graders.{kind}")


def parse_all(specs: object, place: Place, before: Sequence[Grader] = ()) -> tuple[Grader, ...]:
    """Graders from a list of specs, with names that differ from each other and from those `before`.

    Of graders without a name of their own, the second `contains` becomes `contains 2`. Raises BadInput, also
    for a name that was given twice.
    """
    if not isinstance(specs, list):
        raise place.error("graders are a list, one line each: `- contains: thank you`.")
    graders, taken = [], {grader.name for grader in before}
    for index, spec in enumerate(specs):
        grader = parse(spec, place.within(index))
        if grader.named and grader.name in taken:
            raise place.error(f"there are two graders called '{grader.name}'.", index, "name")
        free, number = grader.name, 2
        while free in taken:
            free, number = f"{grader.name} {number}", number + 1
        taken.add(free)
        graders.append(replace(grader, name=free))
    return tuple(graders)


def parse(spec: object, place: Place) -> Grader:
    """A grader from a spec, such as `{equals: "{{label}}"}` or `{not: {contains: sorry}, name: polite}`.

    Raises BadInput with file, line and the nearest name.
    """
    table, paths, negated = _unfolded(spec, place)
    kind = _kind(table, paths, place)
    options = _options(kind)
    for key in table:
        if key not in (kind, *SIBLINGS, *options):
            advice = nearest(key, (*SIBLINGS, *options))
            raise place.error(f"{kind} has no option '{key}'. {advice}", *paths[key])
    name = table.get("name", f"not {kind}" if negated else kind)
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > 100:
        raise place.error("a name is one line of text, of up to 100 characters.", *paths["name"])
    of = _pick.parse(table["of"], place.within(*paths["of"])) if "of" in table else None
    given = {key: table[key] for key in options if key in table}
    here = Place(place.folder, lambda *path: place.where(*paths[path[0] if path else kind]))
    grader = Grader(kind, name, "name" in table, negated, of, table[kind], given, here)
    if any(map(_has_template, (grader.expected, *given.values()))):
        return grader
    return replace(grader, ready=_ready(grader, grader.expected, given, here))


def filled(grader: Grader, fill: Callable[[str], Any], thing: str = "") -> Any:
    """What a grader expects of one thing (such as `row 7`): its templates put through `fill` and checked.

    Raises BadInput naming grader and thing.
    """
    if grader.ready is not None:
        return grader.ready
    options = {key: _put(value, fill) for key, value in grader.options.items()}
    place = grader.place.of(thing) if thing else grader.place
    return _ready(grader, _put(grader.expected, fill), options, place)


def _unfolded(spec: object, place: Place) -> tuple[dict[str, Any], Paths, bool]:
    """The spec with what stands under `not` drawn in, where each key stands, and if there was a `not`."""
    if not isinstance(spec, dict):
        raise place.error('a grader is a table, such as {equals: "{{label}}"}.')
    if "not" not in spec:
        return spec, {key: (key,) for key in spec}, False
    inside = spec["not"]
    if not isinstance(inside, dict) or "not" in inside:
        raise place.error("under `not` stands one grader, such as {not: {contains: sorry}}.", "not")
    outside = {key: value for key, value in spec.items() if key != "not"}
    for key in outside:
        if key in inside:
            raise place.error(f"'{key}' stands here twice, beside `not` and under it.", key)
        if key in names():
            raise place.error(f"'{key}' stands beside `not`; give each grader its own line.", key)
    paths = {**{key: (key,) for key in outside}, **{key: ("not", key) for key in inside}}
    return {**inside, **outside}, paths, True


def _kind(table: Mapping[str, Any], paths: Paths, place: Place) -> str:
    kinds = [key for key in table if key in names()]
    if len(kinds) > 1:
        raise place.error(f"'{kinds[0]}' and '{kinds[1]}' stand in one grader; give each its own line.")
    if kinds:
        return kinds[0]
    for key in table:
        if key not in SIBLINGS:
            raise place.error(f"there is no grader '{key}'. {nearest(key, names())}", *paths[key])
    raise place.error(f"this names no grader. There are: {', '.join(names())}.")


def _options(kind: str) -> tuple[str, ...]:
    """The options of a grader: what its `ready` takes by name."""
    parameters = inspect.signature(module(kind).ready).parameters.values()
    return tuple(each.name for each in parameters if each.kind is each.KEYWORD_ONLY)


def _has_template(value: object) -> bool:
    """Whether something is to be filled in. A table, such as a schema, is taken as it stands."""
    texts = value if isinstance(value, list) else [value]
    return any(isinstance(text, str) and "{{" in text for text in texts)


def _put(value: Any, fill: Callable[[str], Any]) -> Any:
    if isinstance(value, list):
        return [_put(each, fill) for each in value]
    return fill(value) if _has_template(value) else value


def _ready(grader: Grader, expected: Any, options: Mapping[str, Any], place: Place) -> Any:
    if grader.negated and isinstance(expected, list):
        raise place.error("a list under `not` could mean none or not all of them; write one `not` for each.")
    return module(grader.kind).ready(expected, place, **options)
