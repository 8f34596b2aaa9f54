"""What a prompt and a few-shot set are, and how each is written as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lab import documents

MAX_TOKENS = 1024
USER = "{{input}}"
RESERVED = ("input", "context")
"""What the person typed, and what is known about it: given to `build` on their own."""


@dataclass(frozen=True)
class Variable:
    """A value that a prompt asks for. `default` None: it must be given. `example` is for people to see."""

    type: Literal["text", "list", "json"] = "text"
    default: Any = None
    example: Any = None
    description: str = ""


@dataclass(frozen=True)
class Examples:
    """Which few-shot set a prompt shows the model: as `turns` before the question, or in `system`."""

    set: str
    place: Literal["turns", "system"] = "turns"


@dataclass(frozen=True)
class Prompt:
    """One version of a prompt. `hash` is the SHA-256 of its file; None and empty: the file does not say.

    `description` says what it is for, `message` why there is this version.
    """

    name: str
    version: int
    description: str = ""
    model: str | None = None
    max_tokens: int = MAX_TOKENS
    effort: str | None = None
    thinking: Mapping[str, str] | None = None
    system: str = ""
    user: str = USER
    variables: Mapping[str, Variable] = field(default_factory=dict)
    examples: Examples | None = None
    schema: Mapping[str, Any] | None = None
    stop_sequences: tuple[str, ...] = ()
    cache: Literal["5m", "1h", "auto"] | None = None
    tools: tuple[Mapping[str, Any], ...] = ()
    tool_choice: Mapping[str, Any] | None = None
    on_refusal: str | Mapping[str, str] | None = None
    on_overload: Mapping[str, str] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    hash: str = ""
    message: str = ""


@dataclass(frozen=True)
class Example:
    """What is asked, and what should be answered; a table or list stands for its JSON."""

    input: str
    output: Any


@dataclass(frozen=True)
class FewShot:
    """One version of a few-shot set, with `hash`, `description` and `message` as a prompt has them."""

    name: str
    version: int
    description: str = ""
    examples: tuple[Example, ...] = ()
    hash: str = ""
    message: str = ""


def fields(thing: Prompt | FewShot) -> dict[str, Any]:
    """The table that stands for it in a file: fields in a fixed order, without defaults."""
    if isinstance(thing, FewShot):
        pairs = [{"input": each.input, "output": each.output} for each in thing.examples]
        return _given({"description": thing.description, "message": thing.message, "examples": pairs})
    thinking, shown, choice = thing.thinking, thing.examples, thing.tool_choice
    return _given(
        {
            "description": thing.description,
            "message": thing.message,
            "model": thing.model,
            "max_tokens": _unless(thing.max_tokens, MAX_TOKENS),
            "effort": thing.effort,
            "thinking": thinking["type"] if thinking and len(thinking) == 1 else thinking,
            "system": thing.system,
            "user": _unless(thing.user, USER) if thing.system else thing.user,
            "variables": {name: _variable(each) for name, each in thing.variables.items()},
            "examples": _given({"set": shown.set, "as": _unless(shown.place, "turns")}) if shown else None,
            "schema": thing.schema,
            "stop_sequences": list(thing.stop_sequences),
            "cache": thing.cache,
            "tools": list(thing.tools),
            "tool_choice": choice["type"] if choice and len(choice) == 1 else choice,
            "on_refusal": _unless(thing.on_refusal, "show"),
            "on_overload": thing.on_overload,
            "extra": thing.extra,
        }
    )


def dump(thing: Prompt | FewShot) -> str:
    """The canonical file."""
    return documents.dump(fields(thing))


def _variable(variable: Variable) -> dict[str, Any]:
    table = {
        "type": _unless(variable.type, "text"),
        "default": variable.default,
        "example": variable.example,
        "description": variable.description or None,
    }
    return {name: value for name, value in table.items() if value is not None}


def _unless(value: Any, default: Any) -> Any:
    return None if value == default else value


def _given(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if value not in (None, "", [], {})}
