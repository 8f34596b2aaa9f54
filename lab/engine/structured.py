"""Answers that follow a JSON schema: what one says while it grows, and whether it kept to it in the end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from lab.store import plain_text

STEP, SHARE = 24, 16
"""A text is read again once it has grown by so many characters, and by that part of itself: a long answer
costs a fixed number of readings of each character, not one for every piece."""

CUT_SHORT = {
    "max_tokens": "it was cut off at max_tokens: allow a longer answer",
    "model_context_window_exceeded": "it was cut off where the context window was full: send less",
    "refusal": "Claude declined in the middle of it",
}
"""Stop reasons that can break the schema, and what to say of them."""

_UNSURE = "0123456789+-.eE"
"""What a number at the end of an unfinished text may go on with."""


class Fold:
    """From the pieces of a JSON text to the value they make so far. Text that is no JSON makes none."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = self._due = 0
        self._readable = True
        self._shown: Any = None

    def add(self, piece: str) -> Any:
        """What there is to show now; None where it is nothing new, or not yet worth reading for."""
        self._pieces.append(piece)
        self._size += len(piece)
        if not piece or not self._readable or self._size < self._due:
            return None
        self._due = self._size + max(STEP, self._size // SHARE)
        return self._news(self._begun())

    def end(self) -> Any:
        """The same for all that came: the whole value, where it is whole."""
        try:
            return self._news(_parsed("".join(self._pieces), False))
        except ValueError:
            return self._news(self._begun())

    def _begun(self) -> Any:
        text = "".join(self._pieces).rstrip(_UNSURE)
        if not text.strip():
            return None
        try:
            return _parsed(text, "trailing-strings")
        except ValueError:
            self._readable = False
            return None

    def _news(self, value: Any) -> Any:
        if value is None or (value == self._shown and type(value) is type(self._shown)):
            return None
        self._shown = value
        return value


def schema(asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema that an answer is to follow, of a request's options or body; None where there is none."""
    output = asked.get("output_config")
    form = output.get("format") if isinstance(output, Mapping) else None
    found = form.get("schema") if isinstance(form, Mapping) else None
    return found if isinstance(found, Mapping) else None


def misfit(
    asked: Mapping[str, Any], content: Sequence[Mapping[str, Any]], stop_reason: str | None
) -> str | None:
    """A sentence that says why a complete answer is not what its schema wants; None where it is.

    Of a call without a schema, without an end or without any text there is nothing to say.
    """
    wanted, text = schema(asked), plain_text(content).strip()
    if wanted is None or stop_reason is None or not text:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = CUT_SHORT.get(stop_reason) or f"it is not JSON ({error})"
        return f"The answer does not fit its schema: {why}."
    fault = _fault(value, json.dumps(wanted))
    if fault and stop_reason in CUT_SHORT:
        fault = f"{fault}; {CUT_SHORT[stop_reason]}"
    return f"The answer does not fit its schema: {fault}." if fault else None


def _parsed(text: str, partial: Any) -> Any:
    """Raises ValueError, for what is nested too deeply as well."""
    from jiter import from_json

    data = text.encode("utf-8", "replace")
    return from_json(data, partial_mode=partial, allow_inf_nan=False, cache_mode="keys")


def _fault(value: Any, wanted: str) -> str | None:
    """Where a value does not fit, and why; or why that cannot be told."""
    from jsonschema import SchemaError
    from jsonschema.exceptions import best_match
    from referencing.exceptions import Unresolvable

    try:
        error = best_match(_validator(wanted).iter_errors(value))
    except (SchemaError, Unresolvable, RecursionError) as broken:
        return f"the schema itself is wrong ({getattr(broken, 'message', None) or broken})"
    return f"at {error.json_path}, {error.message[:200]}" if error else None


@lru_cache(32)
def _validator(wanted: str) -> Any:
    """What checks values; a `$ref` that leads out of the schema is never fetched. Raises SchemaError."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for
    from jsonschema_specifications import REGISTRY

    table = json.loads(wanted)
    kind = validator_for(table, default=Draft202012Validator)
    kind.check_schema(table)
    return kind(table, registry=REGISTRY)
