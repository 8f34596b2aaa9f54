"""A column of a comparison: a prompt, a model and settings, as a person put them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from lab import prompts
from lab.engine.lab import Lab
from lab.errors import BadInput, nearest

FEWEST, MOST = 2, 6
LETTERS = "ABCDEF"


@dataclass(frozen=True)
class Column:
    """None: as the prompt or the lab says. `prompt` is a reference such as `support@staging`. `system` takes
    the place of its own text, as a draft; `fewshot` that of its few-shot set (empty: none is shown).
    `options` are further fields of the API's body. `name` and `note` are for people."""

    prompt: str | None = None
    model: str | None = None
    fewshot: str | None = None
    effort: str | None = None
    max_tokens: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    system: str | None = None
    name: str = ""
    note: str = ""

    def given(self) -> dict[str, Any]:
        """What it says, as JSON can hold it."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        empty = (None, {})
        return {
            name: value for name, value in said.items() if value not in empty and (name, value) not in BLANK
        }

    @property
    def changes(self) -> tuple[str, ...]:
        """In words, what it asks otherwise than its prompt and model do."""
        said = [
            "draft" if self.system is not None else "",
            "" if self.fewshot is None else f"few-shot {self.fewshot or 'none'}",
            f"effort {self.effort}" if self.effort else "",
            f"max_tokens {self.max_tokens:,}" if self.max_tokens else "",
            *(f"{name} {value}" for name, value in self.options.items()),
        ]
        return tuple(filter(None, said))

    @property
    def title(self) -> str:
        """Its name; without one what it is: `support@2 · claude-haiku-5-5 · effort high`."""
        said = (self.prompt or "no prompt", self.model or "", *self.changes)
        return self.name or " · ".join(filter(None, said))


BLANK = (("name", ""), ("note", ""))


def _text(value: Any) -> bool:
    return isinstance(value, str)


_KINDS: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("prompt", "model", "fewshot", "effort", "system", "name", "note"), _text),
    "max_tokens": lambda value: type(value) is int and value > 0,
    "options": lambda value: isinstance(value, dict),
}


def columns_of(tables: Any) -> tuple[Column, ...]:
    """The columns that tables from outside say, such as an address. Raises BadInput."""
    if not isinstance(tables, Sequence) or not FEWEST <= len(tables) <= MOST:
        raise BadInput(f"A comparison has {FEWEST} to {MOST} columns.")
    found = []
    for letter, table in zip(LETTERS, tables, strict=False):
        if not isinstance(table, Mapping):
            raise BadInput(f"Column {letter} is no table.")
        for name, value in table.items():
            if name not in _KINDS:
                raise BadInput(f"Column {letter}: there is no '{name}'.{nearest(str(name), list(_KINDS))}")
            if not _KINDS[name](value):
                raise BadInput(f"Column {letter}: {name} cannot be {value!r}.")
        found.append(Column(**table))
    return tuple(found)


def usual_columns(lab: Lab) -> tuple[Column, ...]:
    """What there is to compare at once: the two newest versions of the first prompt that has two, else one
    prompt (or none) on two models."""
    folder = lab.folder / "prompts"
    usable = [
        each for each in prompts.listing(folder) if not each.error and not each.name.startswith(prompts.SETS)
    ]
    for entry in usable:
        if len(entry.versions) > 1:
            numbers = sorted(version.number for version in entry.versions)[-2:]
            return tuple(Column(f"{entry.name}@{number}") for number in numbers)
    first = usable[0].name if usable else None
    return tuple(Column(first, model) for model in (lab.settings.model, _other(lab)))


def _other(lab: Lab) -> str:
    """A model beside the usual one."""
    return next((name for name in lab.models if name != lab.settings.model), lab.settings.model)
