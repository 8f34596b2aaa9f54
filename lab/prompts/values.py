"""Values of variables: what each type takes, and how it is written into a prompt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lab.errors import BadInput, nearest
from lab.prompts.field import described
from lab.prompts.prompt import RESERVED, Prompt


def written(kind: str, value: Any) -> str:
    """A value as it stands in the prompt: text as it is, a list as `- item` lines, JSON indented.

    A list or JSON may come as text (from a shell or a cell of a table) and is read as JSON. Raises
    BadInput with a sentence that lacks its subject: `must be …`.
    """
    if kind == "text":
        return _text(value)
    if isinstance(value, str):
        value = _parsed(kind, value)
    if kind == "json":
        return _json(value)
    if not isinstance(value, (list, tuple)):
        raise BadInput(f"must be a list, but is {described(value)}.")
    return "\n".join(_item(n, item) for n, item in enumerate(value, 1))


def filled(prompt: Prompt, values: Mapping[str, Any]) -> dict[str, str]:
    """Every variable of a prompt with its text: the value given, or the default.

    Raises BadInput for a value that is missing, unknown or of the wrong type.
    """
    about = f"{prompt.name}@{prompt.version}"
    for name in values:
        if name in RESERVED:
            raise BadInput(f"'{name}' is given on its own, not among the values of {about}.")
        if name not in prompt.variables:
            hint = nearest(name, prompt.variables) or (
                f" It has {', '.join(prompt.variables)}." if prompt.variables else " It has none."
            )
            raise BadInput(f"{about} has no variable '{name}'.{hint}")
    texts = {}
    for name, variable in prompt.variables.items():
        value = values.get(name)
        value = variable.default if value is None else value
        if value is None:
            about_it = f" ({variable.description})" if variable.description else ""
            raise BadInput(f"{about} needs a value for '{name}'{about_it}; it has no default.")
        try:
            texts[name] = written(variable.type, value)
        except BadInput as error:
            raise BadInput(f"{about}: the value of '{name}' {error}") from None
    return texts


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return _json(value)
    raise BadInput(f"must be text, but is {described(value)}. Its type could be json or list.")


def _item(n: int, item: Any) -> str:
    if not isinstance(item, (str, bool, int, float)):
        raise BadInput(f"must be a list of texts, but item {n} is {described(item)}. Its type could be json.")
    return "- " + _text(item).replace("\n", "\n  ")


def _json(value: Any) -> str:
    try:
        return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise BadInput("must be something that JSON can hold.") from None


def _parsed(kind: str, value: str) -> Any:
    example = '["one", "two"]' if kind == "list" else '{"name": "value"}'
    hint = f"Write JSON, such as {example}."
    if not value.strip():
        raise BadInput(f"must be {kind.replace('json', 'JSON')}, but is blank. {hint}")
    try:
        return json.loads(value, parse_constant=_refused)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadInput(f"is not JSON ({error.msg}, at {where}): {value[:40]!r}. {hint}") from None
    except (ValueError, RecursionError):
        raise BadInput(f"is not JSON that can be read: {value[:40]!r}. {hint}") from None


def _refused(constant: str) -> Any:
    raise ValueError(constant)
