"""JSON in an answer."""

from __future__ import annotations

import json
import re
from functools import partial
from itertools import islice
from typing import Any

from lab.graders._terms import Missing, shown

MOST_TRIED = 200
"""Places in a text where JSON is looked for: a hostile one could have it read over and over."""

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


def first(text: str) -> str:
    """The first table or list of JSON in a text, as it stands there. Raises Missing."""
    decoder = json.JSONDecoder(parse_constant=_refuse)
    for begin in islice(re.finditer(r"[\[{]", text), MOST_TRIED):
        try:
            end = decoder.raw_decode(text, begin.start())[1]
        except (ValueError, RecursionError):
            continue
        return text[begin.start() : end]
    raise Missing(f"has no JSON in it: {shown(text)}")


def same(expected: Any, actual: Any, more: bool = False) -> bool:
    """Whether a value of JSON is the expected one. `more`: tables may hold more than is expected.

    1 and 1.0 are the same, 1 and true are not. A text is also the number, true, false or null that it spells,
    since cells of tables are text.
    """
    if isinstance(expected, dict) and isinstance(actual, dict):
        return (more or len(expected) == len(actual)) and all(
            name in actual and same(value, actual[name], more) for name, value in expected.items()
        )
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(partial(same, more=more), expected, actual))
    if isinstance(expected, str) and not isinstance(actual, (str, dict, list)):
        expected = _spelled(expected)
    return expected == actual and isinstance(expected, bool) == isinstance(actual, bool)


def _spelled(text: str) -> Any:
    """The number, true, false or null that a text is; itself where it is none."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number in JSON")
