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

from lab.graders import _common, _pick
from lab.graders._terms import Place, nearest

SIBLINGS = ("of", "name", "weight", "metric", "threshold")
Paths = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Grader:
    """One line of `graders:`. `expected` and `options` are as they stand, with their templates; `ready` is
    what they come to where they have none. `named`: the name was given, not derived.

    An answer is worth the mean of its grades by their `weight`; one of 0 is shown and does not count. Several
    graders may add to one `metric`. `threshold` is the score that passes, None where the kind gives none.
    """

    kind: str
    name: str
    named: bool
    negated: bool
    of: _pick.Pick | None
    expected: Any
    options: Mapping[str, Any]
    place: Place = field(compare=False, repr=False)
    weight: float = 1.0
    metric: str | None = None
    threshold: float | None = None
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
            if key in getattr(module(kind), "WITHIN", ()):
                advice = f"It stands within: `{kind}: {{{key}: …}}`."
            raise place.error(f"{kind} has no option '{key}'. {advice}", *paths[key])
    here = Place(place.folder, lambda *path: place.where(*_at(paths, path or (kind,))))
    given = {key: table[key] for key in options if key in table}
    grader = Grader(
        kind=kind,
        name=_common.line(table, "name", here) or (f"not {kind}" if negated else kind),
        named="name" in table,
        negated=negated,
        of=_pick.parse(table["of"], here.within("of")) if "of" in table else None,
        expected=table[kind],
        options=given,
        place=here,
        weight=_common.weight(table, here),
        metric=_common.line(table, "metric", here),
        threshold=_common.threshold(table, kind, module(kind), here),
    )
    if any(_has_template(each, kind) for each in (grader.expected, *given.values())):
        return grader
    return replace(grader, ready=_ready(grader, grader.expected, given, here))


def _at(paths: Paths, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Where something within the spec stands in what was written."""
    return (*paths[path[0]], *path[1:])


def filled(grader: Grader, fill: Callable[[str], Any], thing: str = "") -> Any:
    """What a grader expects of one thing (such as `row 7`): its templates put through `fill` and checked.

    Raises BadInput naming grader and thing.
    """
    if grader.ready is not None:
        return grader.ready
    options = {key: _put(value, grader.kind, fill) for key, value in grader.options.items()}
    place = grader.place.of(thing) if thing else grader.place
    return _ready(grader, _put(grader.expected, grader.kind, fill), options, place)


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


def _has_template(value: object, kind: str) -> bool:
    """Whether something is to be filled in. A schema is taken as it stands."""
    if isinstance(value, dict) and not getattr(module(kind), "AS_IT_STANDS", False):
        value = list(value.values())
    if isinstance(value, list):
        return any(_has_template(each, kind) for each in value)
    return isinstance(value, str) and "{{" in value


def _put(value: Any, kind: str, fill: Callable[[str], Any]) -> Any:
    if not _has_template(value, kind):
        return value
    if isinstance(value, dict):
        return {key: _put(each, kind, fill) for key, each in value.items()}
    return [_put(each, kind, fill) for each in value] if isinstance(value, list) else fill(value)


def _ready(grader: Grader, expected: Any, options: Mapping[str, Any], place: Place) -> Any:
    if grader.negated and isinstance(expected, list):
        raise place.error("a list under `not` could mean none or not all of them; write one `not` for each.")
    file = module(grader.kind)
    ready = file.ready(expected, place, **options)
    if grader.of and getattr(ready, "whole", getattr(file, "WHOLE", False)):
        raise place.error(f"{grader.kind} looks at the whole answer; `of` picks nothing of it here.", "of")
    return ready
