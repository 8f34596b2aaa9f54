"""JSON in an answer."""

from __future__ import annotations

import json
import re
from typing import Any

from lab.graders._terms import Missing

FENCE = re.compile(r"```json[ \t]*\n(.*)\n[ \t]*```", re.DOTALL | re.IGNORECASE)


def read(text: str) -> tuple[Any, bool]:
    """What an answer says in JSON, and whether one ```json fence stood round it. Raises Missing."""
    bare = text.strip()
    fence = FENCE.fullmatch(bare)
    try:
        value = json.loads(fence[1] if fence else bare, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        problem = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise Missing(f"is not JSON: {problem}") from None
    except (ValueError, RecursionError) as error:
        problem = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Missing(f"is not JSON: {problem}") from None
    return value, bool(fence)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number in JSON")
