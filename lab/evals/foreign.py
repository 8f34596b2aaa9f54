"""Cases from a table of any column names, taken into the team's folder as a dataset."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import documents, prompts
from lab.errors import BadInput, nearest
from lab.evals import casefile
from lab.evals.dataset import load

LIKELY = ("input", "question", "query", "text", "prompt", "message", "ticket", "instruction")
"""What the column with the question is called most often."""
GRADERS = ("equals", "contains", "icontains", "number", "regex", "judge")
"""Graders that take one expected text."""


@dataclass(frozen=True)
class Wish:
    """How a table is to become a dataset; None: found out."""

    name: str
    prompt: str
    input: str | None = None
    expected: str | None = None
    grader: str = "equals"


@dataclass(frozen=True)
class Taken:
    """The files that were written, how many cases they hold, and what each column is called now."""

    files: tuple[Path, ...]
    cases: int
    columns: Mapping[str, str]
    input: str


def take(folder: Path, file: Path, wish: Wish) -> Taken:
    """Write `datasets/NAME.yaml` and `datasets/NAME.jsonl`. Raises BadInput, and then nothing is written."""
    rows = casefile.read(file)
    if not rows:
        raise BadInput(f"{file} holds no rows.")
    known = list(dict.fromkeys(name for row in rows for name in row.columns))
    columns = _renamed(known)
    question = _column(wish.input, known, file, "--input") if wish.input else _likely(known, file)
    table: dict[str, Any] = {"prompt": wish.prompt, "cases": f"{wish.name}.jsonl"}
    table["input"] = f"{{{{{columns[question]}}}}}"
    used = [each for each in _variables(folder, wish.prompt) if each in columns.values()]
    table |= {"variables": {each: f"{{{{{each}}}}}" for each in used}} if used else {}
    if wish.expected:
        expected = columns[_column(wish.expected, known, file, "--expected")]
        table["graders"] = [{wish.grader: f"{{{{{expected}}}}}"}]
    cases = [{columns[name]: value for name, value in row.columns.items()} for row in rows]
    lines = "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases)
    files = _written(folder / "datasets", wish.name, documents.dump(table), lines)
    return Taken(files, len(rows), columns, question)


def _written(folder: Path, name: str, table: str, lines: str) -> tuple[Path, ...]:
    if not re.fullmatch(r"[\w-]{1,60}", name):
        raise BadInput(f"'{name[:60]}' cannot name a dataset: use letters, digits, - and _.")
    files = (folder / f"{name}.yaml", folder / f"{name}.jsonl")
    for path in files:
        if path.exists():
            raise BadInput(f"{path} is there already; nothing was written. Choose another --name.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in zip(files, (table, lines), strict=True):
            path.write_text(text, encoding="utf-8")
        load(files[0])
    except OSError as error:
        raise BadInput(f"{error.filename} cannot be written: {error.strerror}.") from None
    except BadInput:
        for path in files:
            path.unlink(missing_ok=True)
        raise
    return files


def _renamed(known: Sequence[str]) -> dict[str, str]:
    """What each column is called from here on: a name that a template can hold, no two the same."""
    found: dict[str, str] = {}
    for name in known:
        plain = re.sub(r"\W+", "_", name.strip(), flags=re.ASCII).strip("_") or "column"
        plain = f"_{plain}" if plain[0].isdigit() else plain[:60]
        free, number = plain, 2
        while free in found.values():
            free, number = f"{plain}_{number}", number + 1
        found[name] = free
    return found


def _column(name: str, known: Sequence[str], file: Path, option: str) -> str:
    if name not in known:
        there = ", ".join(known)
        raise BadInput(f"{file} has no column '{name}' for {option}.{nearest(name, known)} It has: {there}.")
    return name


def _likely(known: Sequence[str], file: Path) -> str:
    low = {name.strip().lower(): name for name in known}
    found = next((low[each] for each in LIKELY if each in low), known[0] if len(known) == 1 else None)
    if found is None:
        raise BadInput(f"{file}: which column is the question? Say --input, with one of: {', '.join(known)}.")
    return found


def _variables(folder: Path, ref: str) -> Sequence[str]:
    """What a prompt asks for beside the question. Raises BadInput where there is no such prompt."""
    return list(prompts.load(folder / "prompts", ref).variables)
