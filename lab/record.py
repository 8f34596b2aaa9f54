"""A logged call for other programs: a line of JSON that loses nothing, or cells of a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lab.cost import DOLLAR

COSTS = ("cost", "cost_floor", "cost_upper")
_ESCAPES = {code: f"\\u{code:04x}" for code in range(127, 160)}
"""json.dumps leaves these as they are; some terminals obey them."""


def in_dollars(call: Mapping[str, Any]) -> dict[str, Any]:
    """A logged call for scripts: `cost_usd` in dollars where the row has `cost` in picodollars."""
    shown: dict[str, Any] = {}
    for name, value in call.items():
        if name in COSTS:
            shown[f"{name}_usd"] = None if value is None else value / DOLLAR
        else:
            shown[name] = [in_dollars(attempt) for attempt in value] if name == "attempts" else value
    return shown


def as_json(value: Any, indent: int | None = None) -> str:
    """JSON that any terminal and any file may hold."""
    return json.dumps(value, indent=indent, ensure_ascii=False, default=str).translate(_ESCAPES)
