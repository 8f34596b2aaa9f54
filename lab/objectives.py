"""What a team promises of its answers: the tables `[objectives.NAME]` of lab.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.errors import BadInput
from lab.fields import Reader, filled, one_of

WITHIN = {"first_token": "s", "total": "s", "speed": "tokens/s"}
"""Measures of single answers, and their units: a `share` of the answers has to keep to the target."""
SHARES = {
    "errors": "of the calls end in an error",
    "refusals": "of the answers decline",
    "truncations": "of the answers are cut off at max_tokens",
    "follow_ups": "of the answers are followed by another question",
    "thumbs_up": "of the thumbs are up",
}
"""Measures that are themselves a share, in percent."""
AT_LEAST = ("speed", "thumbs_up")
"""Measures of which more is better."""
MEASURES = (*WITHIN, *SHARES)


@dataclass(frozen=True, slots=True)
class Objective:
    """`measure` is one of `MEASURES`, `target` in its unit: seconds, tokens a second or percent. `share`:
    percent of the answers that have to keep to it, where the measure is one of `WITHIN`. `prompts` and
    `models`: whose answers it is about; empty: everybody's."""

    name: str
    measure: str = ""
    target: float = 0.0
    share: float = 95.0
    prompts: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    @property
    def allowed(self) -> float:
        """The share of calls that may fail it, from 0 to 1: its error budget."""
        if self.measure in WITHIN:
            return 1 - self.share / 100
        return 1 - self.target / 100 if self.measure in AT_LEAST else self.target / 100


GUIDES = (
    Objective("first token", "first_token", 0.5),
    Objective("speed", "speed", 20.0),
    Objective("total", "total", 10.0),
    Objective("errors", "errors", 1.0),
)
"""What guides to chat products advise: the first token within 500 ms, more than 20 tokens a second, the whole
answer within 10 s, errors below 1 %. They hold where lab.toml has no objectives."""


def objectives(tables: Mapping[str, Any]) -> tuple[Objective, ...]:
    """Those of lab.toml, in their order. Raises BadInput naming table and field."""
    return tuple(_objective(name, table) for name, table in tables.items())


def words(objective: Objective) -> str:
    """`95 % of the answers: first token within 0.5 s`."""
    target, about = f"{objective.target:g}", _about(objective)
    if objective.measure == "speed":
        return f"{objective.share:g} % of the answers{about}: at least {target} tokens/s"
    if objective.measure in WITHIN:
        what = "first token" if objective.measure == "first_token" else "whole answer"
        return f"{objective.share:g} % of the answers{about}: {what} within {target} s"
    least = "at least" if objective.measure in AT_LEAST else "at most"
    return f"{least} {target} % {SHARES[objective.measure]}{about}"


def _about(objective: Objective) -> str:
    said = [" or ".join(each) for each in (objective.prompts, objective.models) if each]
    return f" ({', '.join(said)})" if said else ""


def _objective(name: str, table: Any) -> Objective:
    where = f"lab.toml, [objectives.{name}]"
    found = filled(Objective(name), table, where, _READERS)
    for field in ("measure", "target"):
        if field not in table:
            raise BadInput(f"{where}: it needs a {field}.")
    if "share" in table and found.measure in SHARES:
        raise BadInput(f"{where}: {found.measure} is itself a share; it takes a target in percent alone.")
    if found.measure in SHARES and found.target > 100:
        raise BadInput(f"{where}, target: {found.target:g} is no percentage.")
    if not 0 < found.allowed <= 1:
        raise BadInput(f"{where}: it leaves no room for a single miss; ask for less than all.")
    return found


def _number(value: Any, where: str) -> float:
    if type(value) not in (int, float) or not 0 <= value <= 1_000_000:
        raise BadInput(f"{where}: {str(value)[:40]!r} is not a number from 0 to 1,000,000.")
    return float(value)


_READERS: Mapping[str, Reader] = {"float": _number, "str": one_of(*MEASURES)}
