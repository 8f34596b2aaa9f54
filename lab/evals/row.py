"""A row of cases as it stands in its file, and what may not stand in one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.errors import BadInput

LONGEST_CELL = 2 * 1024 * 1024  # characters
DEEPEST = 100
MOST_PROBLEMS = 20

_LONE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Row:
    """What stands in one row, by column. `where(*path)` names file and row, or the line of a part of it."""

    columns: Mapping[str, Any]
    line: int
    where: Callable[..., str]


def unfit(value: Any) -> str | None:
    """What is wrong with a value or anything in it: half a sentence, or None."""
    parts = [(value, 0)]
    while parts:
        part, depth = parts.pop()
        if depth > DEEPEST:
            return f"is nested deeper than {DEEPEST} levels"
        if isinstance(part, dict):
            if strange := [name for name in part if not isinstance(name, str)]:
                return f"has {strange[0]!r} for a name; names are text. Quote it"
            parts += [(each, depth + 1) for each in (*part, *part.values())]
        elif isinstance(part, list):
            parts += [(each, depth + 1) for each in part]
        elif isinstance(part, float) and part in (float("inf"), float("-inf")):
            return "holds a number that is too large"
        elif isinstance(part, str):
            if len(part) > LONGEST_CELL:
                return f"holds {len(part):,} characters; the limit is {LONGEST_CELL:,}"
            if "\0" in part:
                return "holds a NUL character, which is not allowed"
            if _LONE.search(part):
                return "holds half of a surrogate pair, which is no character"
    return None


def refuse(problems: Iterable[str]) -> None:
    """Raises BadInput that lists the problems, each once, if there are any; the first 20 in full."""
    each = list(dict.fromkeys(problems))
    if len(each) > MOST_PROBLEMS:
        each[MOST_PROBLEMS:] = [f"There are {len(each) - MOST_PROBLEMS:,} more problems."]
    if each:
        raise BadInput("\n".join(each))
