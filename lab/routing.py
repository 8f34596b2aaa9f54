"""Rules that send a turn to another model: which there are, and which one fits."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.errors import BadInput, nearest

KEYS = ("model", "instead_of", "prompts", "shortest", "longest", "turns", "words", "without", "fallback")
MOST_TURNS = 1_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """A person's turn as rules see it: its words as they were typed, and which of its conversation it is,
    counting from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Send a turn to `model`, where all that is given holds.

    `instead_of`: models that would be asked; `prompts`: names of prompts; `shortest` and `longest`:
    characters of the turn; `turns`: the first and the last number; `words`: one of them stands in it, in any
    case; `without`: none of them does. `fallback` is asked where the model is overloaded or declines.
    """

    name: str
    model: str
    instead_of: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    shortest: int | None = None
    longest: int | None = None
    turns: tuple[int, int] | None = None
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    fallback: str | None = None

    def fits(self, turn: Turn, model: str, prompt: str | None) -> bool:
        length, said = len(turn.text.strip()), turn.text.casefold()
        first, last = self.turns or (1, MOST_TURNS)
        return (
            model != self.model
            and (not self.instead_of or model in self.instead_of)
            and (not self.prompts or prompt in self.prompts)
            and (self.shortest is None or length >= self.shortest)
            and (self.longest is None or length <= self.longest)
            and first <= turn.number <= last
            and (not self.words or _stands(self.words, said))
            and not _stands(self.without, said)
        )


def choose(rules: Sequence[Rule], turn: Turn, model: str, prompt: str | None) -> Rule | None:
    """The first rule that fits a turn that `model` would be asked; None: it stays."""
    return next((rule for rule in rules if rule.fits(turn, model, prompt)), None)


def rules(tables: Mapping[str, Any], models: Iterable[str] | None = None) -> tuple[Rule, ...]:
    """The rules of `[routes.NAME]` tables in lab.toml, in their order. Raises BadInput, also for a model that
    is not among `models`, where these are given."""
    return tuple(_rule(name, table, models) for name, table in tables.items())


def read(text: str, where: str, models: Iterable[str] | None = None) -> tuple[Rule, ...]:
    """The rules in a text of TOML, which `where` names in what is wrong. Raises BadInput."""
    try:
        tables = tomllib.loads(text).get("routes", {})
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise BadInput(f"{where}: this is not TOML: {error}.") from None
    if not isinstance(tables, dict):
        raise BadInput(f"{where}: routes are tables: [routes.NAME].")
    return rules(tables, models)


def written(rules: Iterable[Rule]) -> str:
    """Rules as they stand in lab.toml."""
    tables = []
    for rule in rules:
        name = rule.name if re.fullmatch("[A-Za-z0-9_-]+", rule.name) else _value(rule.name)
        lines = [
            f"{key} = {_value(value)}" for key in KEYS if (value := getattr(rule, key)) not in ((), None)
        ]
        tables.append("\n".join([f"[routes.{name}]", *lines]))
    return "\n\n".join(tables)


def _value(value: Any) -> str:
    """Texts, numbers and lists of them are written alike in TOML and in JSON, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def when(rule: Rule) -> str:
    """Which turns a rule fits, in words."""
    said = [
        f"instead of {' or '.join(rule.instead_of)}" if rule.instead_of else "",
        f"prompt {' or '.join(rule.prompts)}" if rule.prompts else "",
        f"from {rule.shortest} characters" if rule.shortest is not None else "",
        f"up to {rule.longest} characters" if rule.longest is not None else "",
        "turns {} to {}".format(*rule.turns) if rule.turns else "",
        f"with {', '.join(rule.words)}" if rule.words else "",
        f"without {', '.join(rule.without)}" if rule.without else "",
        f"else {rule.fallback}" if rule.fallback else "",
    ]
    return " · ".join(each for each in said if each)


def _rule(name: str, table: Any, models: Iterable[str] | None) -> Rule:
    where = f"lab.toml: routes.{name}"
    if not isinstance(table, Mapping):
        raise BadInput(f"{where} must be a table: [routes.{name}].")
    for key in table:
        if key not in KEYS:
            raise BadInput(f"{where} has no '{key}'.{nearest(key, KEYS)} There are: {', '.join(KEYS)}.")
    if "model" not in table:
        raise BadInput(f"{where} names no model to send turns to.")
    texts = {key: _texts(table, key, where) for key in ("instead_of", "prompts", "words", "without")}
    single = {key: _model(table, key, where, models) for key in ("model", "fallback") if key in table}
    numbers = {key: _number(table[key], f"{where}.{key}") for key in ("shortest", "longest") if key in table}
    for model in texts["instead_of"]:
        _known(model, f"{where}.instead_of", models)
    turns = _turns(table["turns"], where) if "turns" in table else None
    found = Rule(name, **single, **texts, **numbers, turns=turns)
    if not any((found.prompts, numbers, turns, found.words, found.without, found.instead_of)):
        raise BadInput(f"{where} fits every turn. Say which: longest, turns, words, prompts or instead_of.")
    return found


def _texts(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, ())
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, (list, tuple)) or not all(isinstance(each, str) and each for each in found):
        raise BadInput(f"{where}.{key} must be a text or a list of texts, not {value!r}.")
    return tuple(found)


def _model(table: Mapping[str, Any], key: str, where: str, models: Iterable[str] | None) -> str:
    value = table[key]
    if not isinstance(value, str) or not value:
        raise BadInput(f"{where}.{key} must be the name of a model, not {value!r}.")
    return _known(value, f"{where}.{key}", models)


def _known(model: str, where: str, models: Iterable[str] | None) -> str:
    if models is not None and model not in models:
        raise BadInput(f"{where}: no model '{model}'.{nearest(model, models)} `lab models` lists them.")
    return model


def _number(value: Any, where: str) -> int:
    if type(value) is not int or value < 0:
        raise BadInput(f"{where} must be a whole number of characters from 0 up, not {value!r}.")
    return value


def _turns(value: Any, where: str) -> tuple[int, int]:
    """`2` is the second alone, `[2, 5]` from the second to the fifth."""
    ends = [value, value] if type(value) is int else value
    if not (
        isinstance(ends, list) and len(ends) == 2 and all(type(each) is int and each >= 1 for each in ends)
    ):
        raise BadInput(
            f"{where}.turns must be a turn's number or two of them, such as [1, 3], not {value!r}."
        )
    if ends[0] > ends[1]:
        raise BadInput(f"{where}.turns begins after its end: {value!r}.")
    return ends[0], ends[1]


def _stands(words: Sequence[str], text: str) -> bool:
    """Whether one of the words stands in a folded text, as a word of its own."""
    return any(re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", text) for word in words)
