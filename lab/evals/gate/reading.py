"""What a dataset's file says of its gate."""

from __future__ import annotations

from typing import Any

from lab.documents import Document
from lab.evals.gate.rule import PASSED, Rule

KEYS = ("margin", "alpha", "missing", "measures", "hard", "cluster")
LARGEST = {"margin": 0.5, "alpha": 0.2, "missing": 0.2}
"""Beyond these a verdict would mean nothing."""


def rule(document: Document) -> Rule:
    """The table `gate`, or what holds without one. Raises BadInput."""
    value = document.value.get("gate")
    if value is None:
        return Rule()
    if not isinstance(value, dict):
        raise document.error("gate is a table, such as {margin: 0.03}.", "gate")
    for key in value:
        if key not in KEYS:
            raise document.error(f"a gate has no '{key}'. It has {', '.join(KEYS)}.", "gate", key)
    said: dict[str, Any] = {key: _share(document, key, value[key]) for key in LARGEST if key in value}
    said |= {key: _names(document, key, value[key]) for key in ("measures", "hard") if key in value}
    if "cluster" in value:
        if not isinstance(value["cluster"], str) or not value["cluster"]:
            raise document.error("cluster is the name of a column.", "gate", "cluster")
        said["cluster"] = value["cluster"]
    return Rule(**said)


def _share(document: Document, key: str, value: Any) -> float:
    most = LARGEST[key]
    if type(value) not in (int, float) or not 0 <= value <= most or (value == 0 and key != "missing"):
        raise document.error(
            f"{key} must be a share up to {most:g}, such as 0.03, not {value!r}.", "gate", key
        )
    return float(value)


def _names(document: Document, key: str, value: Any) -> tuple[str, ...]:
    each = value if isinstance(value, list) else [value]
    if not each or not all(isinstance(name, str) and name for name in each) or len({*each}) < len(each):
        raise document.error(
            f"{key} are names of graders, or '{PASSED}' for all together, each once.", "gate", key
        )
    return tuple(each)
