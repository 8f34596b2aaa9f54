"""Rows of JSON lines: an object a line."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lab.evals.row import DEEPEST, LONGEST_CELL, Row, refuse, unfit

SUSPICIOUS = re.compile(r"\\u0000|\\u[dD][89a-fA-F]|[0-9][eE]|[0-9]{308}")
"""In a line that may hold what `unfit` looks for; other lines need no closer look."""
KINDS = {list: "a list", str: "a text", type(None): "null", bool: "true or false"}


def rows(text: str, file: str) -> list[Row]:
    """The objects; empty lines are left out. Raises BadInput listing every line that is none."""
    problems: list[str] = []
    found = []
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if not line.strip(" \t\r\n"):
            continue
        where = f"{file}, line {number}"
        try:
            columns = _object(line)
        except ValueError as error:
            problems.append(f"{where}: {error}.")
            continue
        found.append(Row(columns, number, lambda *path, where=where: where))
    refuse(problems)
    return found


def edited(
    text: str,
    changed: Mapping[int, Mapping[str, Any]],
    added: Sequence[Mapping[str, Any]],
    deleted: Collection[int],
) -> str:
    """The text with some of its objects changed, added or taken out, by their positions in what `rows` gave;
    all other lines stay as they are."""
    parts: list[str] = []
    position, end = -1, "\n"
    for line in io.StringIO(text, newline=""):
        said = line.rstrip("\r\n")
        end = line[len(said) :] or end
        position += (there := bool(line.strip(" \t\r\n")))
        if there and position in changed:
            parts.append(_line(changed[position]) + line[len(said) :])
        elif not there or position not in deleted:
            parts.append(line)
    if added and parts and not parts[-1].endswith(("\n", "\r")):
        parts[-1] += end
    return "".join([*parts, *(_line(row) + end for row in added)])


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


def _object(line: str) -> dict[str, Any]:
    """The object of a line. Raises ValueError with half a sentence."""
    try:
        value = json.loads(line, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"this is not JSON: {error.msg.removesuffix(' at')} at column {error.colno}"
        ) from None
    except RecursionError:
        raise ValueError("this is nested too deeply") from None
    except ValueError as error:
        if str(error).startswith("Exceeds the limit"):  # Python's own words for a number of too many digits
            raise ValueError("this holds a number that is too large") from None
        raise
    if not isinstance(value, dict):
        kind = KINDS.get(type(value), "a number")
        raise ValueError(f'this is {kind}, not an object such as {{"input": "…"}}')
    if any(not name.strip() for name in value):
        raise ValueError("a column has no name")
    is_deep = line.count("[") + line.count("{") > DEEPEST
    if (is_deep or len(line) > LONGEST_CELL or SUSPICIOUS.search(line)) and (problem := unfit(value)):
        raise ValueError(f"this {problem}")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for name, value in pairs:
        if name in table:
            raise ValueError(f"{name[:60]!r} stands here twice")
        table[name] = value
    return table


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number in JSON")
