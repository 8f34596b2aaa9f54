"""Where a dataset's cases stand: in a table, in JSON lines, in YAML, or in the dataset itself."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from lab import documents
from lab.documents import Document
from lab.errors import BadInput
from lab.evals import jsonl, tables
from lab.evals.encoding import decode
from lab.evals.row import Row, refuse, unfit
from lab.graders import nearest

DELIMITERS = {".csv": ",", ".tsv": "\t"}
ENDINGS = (".csv", ".tsv", ".jsonl", ".yaml", ".yml")
LONGEST_YAML = 2 * 1024 * 1024  # characters, read in about a second
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
SLIPS = {"grader": "graders", "tag": "tags"}


class Elsewhere(BadInput):
    """Cases that lie in a folder of which this machine does not know where it is."""


def located(path: str, folder: Path) -> Path:
    """The file that a path means: `$VAR` and `~` are filled in, and it is relative to `folder`.

    Raises Elsewhere with half a sentence for a variable that is not set.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if not os.environ.get(name):
            raise Elsewhere(f"the environment variable {name} is not set")
        return os.environ[name]

    try:
        return folder / Path(VARIABLE.sub(value, path)).expanduser()
    except RuntimeError:
        raise BadInput(f"there is no home folder for {path}") from None


def read(file: Path) -> list[Row]:
    """Every row of a case file, or none. Raises BadInput that names it, listing up to 20 rows."""
    check(file)
    return rows(documents.content(file), file)


def check(file: Path) -> None:
    """Raises BadInput where there is no file of cases."""
    if file.suffix.lower() not in ENDINGS:
        raise BadInput(f"{file}: cases stand in files that end in {', '.join(ENDINGS)}.")
    if not file.is_file():
        siblings = [each.name for each in file.parent.glob("*") if each.suffix.lower() in ENDINGS]
        advice = f" {nearest(file.name, sorted(siblings))}" if siblings else ""
        raise BadInput(f"{file}: there is no such file.{advice}")


def rows(data: bytes, file: Path) -> list[Row]:
    """The same, of a case file that holds these bytes."""
    text, kind = decode(data, str(file)), file.suffix.lower()
    if kind == ".jsonl":
        return jsonl.rows(text, str(file))
    if kind in DELIMITERS:
        return tables.rows(text, str(file), DELIMITERS[kind])
    return inline(documents.parse(text, str(file), LONGEST_YAML))


def inline(document: Document, *path: str) -> list[Row]:
    """The rows of a list of tables in YAML. Raises BadInput listing the tables that are none."""
    value: Any = document.value
    for key in path:
        value = value[key]
    if not isinstance(value, list):
        raise document.error("cases are a list of tables, one each: `- input: …`.", *path)
    problems: list[str] = []
    found = []
    for index, columns in enumerate(value):
        at = (*path, index)
        if problem := _problem(columns):
            problems.append(f"{document.where(*at)}: {problem}")
            continue
        line = document.lines[at]
        found.append(Row(columns, line, lambda *below, at=at: document.where(*at, *below)))
    refuse(problems)
    return found


def _problem(columns: Any) -> str | None:
    """What is wrong with a case in YAML, if anything."""
    if not isinstance(columns, dict):
        return "a case is a table, such as {input: Hello}."
    if problem := unfit(columns):
        return f"this case {problem}."
    for name in columns:
        if not name.strip():
            return "a column has no name."
        if name in SLIPS:
            return f"'{name}' would be a column without effect. Did you mean '{SLIPS[name]}'?"
    return None
