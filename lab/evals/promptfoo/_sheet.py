"""Tests in tables and lines: CSV with its special columns, and assertions written in one cell."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab.errors import BadInput
from lab.evals import tables
from lab.evals.promptfoo import _files
from lab.evals.promptfoo._kinds import TYPES
from lab.evals.promptfoo._report import Report

EXPECTED = re.compile(r"__expected(\d*)")
CONFIG = re.compile(r"__config:__expected(\d*):(\w+)")
SHORT = {"grade": "llm-rubric", "fn": "javascript", "eval": "javascript"}
LISTED = ("contains-any", "contains-all", "icontains-any", "icontains-all")


def tests(file: Path, report: Report) -> Iterator[tuple[str, dict[str, Any]]]:
    """A test for each row, and which row that is. Raises BadInput listing the rows that are none."""
    for row in tables.rows(_files.read(file), file.name, ","):
        yield row.where().removeprefix(f"{file.name}, "), _test(row.columns, row.where(), report)


def line(text: str, file: Path, number: int) -> dict[str, Any]:
    """A test from a line of JSON. Raises BadInput."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{file}, line {number}: this is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise BadInput(f"{file}, line {number}: a test is an object.")
    return value


def _test(columns: dict[str, str], where: str, report: Report) -> dict[str, Any]:
    test: dict[str, Any] = {"vars": {}, "assert": [], "metadata": {}, "options": {}}
    settings: dict[str, dict[str, Any]] = {}
    metric = columns.get("__metric", "").strip()
    for name, cell in columns.items():
        if found := CONFIG.fullmatch(name):
            if cell.strip():
                settings.setdefault(found[1], {})[found[2]] = _number(cell, where, name)
        elif EXPECTED.fullmatch(name):
            continue
        elif name == "__description":
            test["description"] = cell
        elif name in ("__prefix", "__suffix"):
            test["options"] |= {name[2:]: cell} if cell else {}
        elif name == "__threshold":
            test |= {"threshold": _number(cell, where, name)} if cell.strip() else {}
        elif name.startswith("__metadata:"):
            key, is_list = name.removeprefix("__metadata:"), name.endswith("[]")
            if cell.strip():
                test["metadata"][key.removesuffix("[]")] = _split(cell) if is_list else cell
        elif name.startswith("__") and name != "__metric":
            report.add(name, "unsupported", where, "no column with that name means anything")
        elif not name.startswith("__"):
            test["vars"][name] = cell
    for name, cell in columns.items():
        if (found := EXPECTED.fullmatch(name)) and cell.strip():
            shared, own = settings.get("", {}), settings.get(found[1], {})
            test["assert"].append(assertion(cell) | ({"metric": metric} if metric else {}) | shared | own)
    return test


def assertion(cell: str) -> dict[str, Any]:
    """The assertion that a cell holds: `type(threshold): value`; without a type it is what to equal."""
    found = _ASSERTION.fullmatch(cell.strip())
    if not found:
        if cell.strip().startswith(_files.SCHEME):
            kind = "python" if ".py" in cell else "javascript"
            return {"type": kind, "value": cell.strip()}
        return {"type": "equals", "value": cell.strip()}
    kind, value = SHORT.get(found[2], found[2]), (found[4] or "").strip()
    made: dict[str, Any] = {"type": f"{found[1] or ''}{kind}"}
    if found[3]:
        made["threshold"] = float(found[3])
    if kind in LISTED:
        made["value"] = _split(value)
    elif kind in ("is-json", "contains-json") and value:
        made["value"] = json.loads(value) if value.startswith("{") else value
    elif kind in ("latency", "cost") and value:
        made["threshold"] = float(value)
    elif value:
        made["value"] = value
    return made


def cell(made: dict[str, Any]) -> str | None:
    """The cell that `assertion` reads as this; None where a cell cannot hold it."""
    kind, value = made["type"], made.get("value")
    if set(made) - {"type", "value", "threshold"}:
        return None
    threshold = f"({made['threshold']:g})" if "threshold" in made else ""
    if kind.removeprefix("not-") in LISTED and isinstance(value, list):
        value = _joined(value)
    elif isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    text = f"{kind}{threshold}" + (f":{value}" if value is not None else "")
    return text if assertion(text) == made else None


def _split(cell: str) -> list[str]:
    """Values with commas between them; one that holds a comma stands in quotes, or has it as `\\,`."""
    cells = next(csv.reader(io.StringIO(cell.replace("\\,", "\0")), skipinitialspace=True), [])
    return [each.replace("\0", ",").strip() for each in cells if each.strip()]


def _joined(values: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(values)
    return out.getvalue()


def _number(cell: str, where: str, name: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise BadInput(f"{where}: {name} must be a number, not {cell!r}.") from None


_NAMES = sorted((*TYPES, *SHORT), key=len, reverse=True)
_ASSERTION = re.compile(
    rf"(not-)?({'|'.join(map(re.escape, _NAMES))})(?:\((\d+(?:\.\d+)?)\))?(?::(.*))?", re.DOTALL
)
