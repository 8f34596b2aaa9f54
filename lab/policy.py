"""What the lab does by itself around a call, as its prompt says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lab.routing import Turn


@dataclass(frozen=True, slots=True)
class Mock:
    """What a tool answers where its input has all these fields, whatever else it has."""

    answer: str
    when: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """Nothing of it is sent.

    `on_refusal`: `show` the answer, `rephrase` the question once, ask another model (`fallback`, which
    `refusal_model` names), or show it and keep it for a `person` to look at. `overload_model` is asked where
    the first one is overloaded before its first word. `mocks`: the answers that are ready for tools, by name.
    `turn` is what rules of routing look at; None: they do not, since somebody chose the model.
    """

    on_refusal: Literal["show", "rephrase", "fallback", "person"] = "show"
    refusal_model: str | None = None
    overload_model: str | None = None
    mocks: Mapping[str, tuple[Mock, ...]] = field(default_factory=dict)
    turn: Turn | None = None

    def mocked(self, tool: str, input: Mapping[str, Any]) -> str | None:
        """What the first mock that fits answers to a tool's call."""
        for mock in self.mocks.get(tool, ()):
            if all(name in input and input[name] == value for name, value in mock.when.items()):
                return mock.answer
        return None

    @property
    def asks_twice(self) -> bool:
        """Whether an answer that was shown may be taken back for another one."""
        return self.on_refusal in ("rephrase", "fallback")
