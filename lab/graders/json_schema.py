"""The answer is JSON that fits a schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab import documents
from lab.graders import _json
from lab.graders._terms import Place, Sample, shown

KEEPS_JSON = True
"""A text that `of: {json: …}` picks keeps its quotes, so that it is JSON still."""
AS_IT_STANDS = True
"""What looks like a template in a schema is none."""


@dataclass(frozen=True)
class Schema:
    """A schema as it was written, and what checks it."""

    table: Mapping[str, Any]
    validator: Any = field(compare=False, repr=False)


def json_schema(picked: str, expected: Schema, sample: Sample) -> tuple[bool, str]:
    """`expected`: a schema, or the path of a JSON or YAML file with one, relative to the dataset.

    The answer must be JSON; one ```json fence round all of it is accepted. `format` says what is meant and
    is not checked.
    """
    from jsonschema.exceptions import best_match

    value, fenced = _json.read(picked)
    aside = " (in a ```json fence)" if fenced else ""
    if error := best_match(expected.validator.iter_errors(value)):
        return False, f"does not fit the schema at {error.json_path}: {shown(error.message, 200)}{aside}"
    return True, f"fits the schema{aside}"


def ready(value: object, place: Place) -> Schema:
    """The schema. Raises BadInput where it is none, or points outside itself: nothing is fetched."""
    from jsonschema import Draft202012Validator, SchemaError
    from jsonschema.validators import validator_for
    from jsonschema_specifications import REGISTRY

    table = _file(value, place) if isinstance(value, str) else value
    if not isinstance(table, dict):
        raise place.error("json_schema needs a schema (a table), or the path of a file with one.")
    table = json.loads(json.dumps(table))  # names that YAML reads as numbers are text in JSON
    dialect = table.get("$schema", Draft202012Validator.META_SCHEMA["$schema"])
    kind = validator_for({"$schema": dialect}, default=None) if isinstance(dialect, str) else None
    if kind is None:
        raise place.error(f"the dialect {dialect!r} of JSON Schema is not known.")
    try:
        kind.check_schema(table)
    except SchemaError as error:
        raise place.error(f"this is not a JSON schema: at {error.json_path}, {error.message}.") from None
    _follow(table, place)
    return Schema(table, kind(table, registry=REGISTRY))


def _follow(table: Mapping[str, Any], place: Place) -> None:
    """Raises BadInput for a `$ref` that leads nowhere."""
    from jsonschema_specifications import REGISTRY
    from referencing import Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    root = Resource.from_contents(table, default_specification=DRAFT202012)
    resolver = REGISTRY.resolver_with_root(root)
    top = {key: value for key, value in table.items() if key != "$id"}
    for reference in _references([top]):
        try:
            resolver.lookup(reference)
        except Unresolvable:
            raise place.error(f"the schema points to {reference!r}, which is not in it.") from None


def _references(parts: Iterable[object]) -> Iterator[str]:
    """Every `$ref` but those below a part with its own `$id`, which they are relative to."""
    for part in parts:
        if isinstance(part, list):
            yield from _references(part)
        elif isinstance(part, dict) and "$id" not in part:
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            yield from _references(part.values())


def _file(name: str, place: Place) -> object:
    """What a schema file says. Raises BadInput."""
    file = place.folder / name
    if not file.is_file():
        raise place.error(f"there is no file {file} with a schema.")
    if file.suffix.lower() in (".yaml", ".yml"):
        return documents.read(file).value
    try:
        return json.loads(documents.decode(file.read_bytes(), str(file)))
    except json.JSONDecodeError as error:
        raise place.error(f"{file} is not JSON: {error.msg} on its line {error.lineno}.") from None
    except (ValueError, RecursionError, OSError) as error:
        raise place.error(f"{file} cannot be read: {error}.") from None
