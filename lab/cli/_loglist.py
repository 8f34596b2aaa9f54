"""Calls of the log as a list, for people and for scripts."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from lab import figures
from lab.cli._logshow import words
from lab.cli._opened import no_calls, principal, settings, store
from lab.cli._options import MARKED
from lab.cli._out import folded, note, say, say_json
from lab.cli._sifted import wanted
from lab.cli._table import clipped, table
from lab.record import in_dollars
from lab.store import call, calls

Call = Mapping[str, Any]

QUESTION = 50
"""Columns of a question in a list that is not on a terminal."""
LEAST_OF_QUESTION = 20
"""Columns that a terminal must leave to it; a narrower one gets two lines a call."""


def tell(limit: int, before: str | None, order: str, given: Mapping[str, str | None], as_json: bool) -> None:
    """The calls that the options want. Raises BadInput."""
    chosen, found = settings(), []
    if chosen.db.exists():
        with store(chosen) as database:
            if before:
                call(database.read, principal(chosen), before)  # raises where there is none
            sought = wanted(chosen, database, given)
            found = calls(database.read, principal(chosen), limit, before, sought, order)
    asked = _options(given)
    if as_json:
        say_json([in_dollars(call) for call in found])
    elif found:
        say(_listed(found))
        if len(found) == limit and sys.stdout.isatty():
            more = [*asked, *(["--sort", order] if order != "newest" else []), "--before", found[-1]["id"]]
            note(f"More: lab logs {shlex.join(more)}", dim=True)
    elif before:
        note(f"No calls before {before}.")
    else:
        note(f"No call has all of this: {shlex.join(asked)}" if asked else no_calls(chosen.db))


def _options(given: Mapping[str, str | None]) -> list[str]:
    """The options again, as they were given."""
    flags = {mark: f"--{flag}" for flag, mark in MARKED.items()}
    asked = {name: value for name, value in given.items() if value is not None}
    marked = [flags[asked.pop("marked")]] if "marked" in asked else []
    return [
        *(part for name, value in asked.items() for part in (f"--{name.replace('_', '-')}", value)),
        *marked,
    ]


def _listed(calls: Sequence[Call]) -> str:
    """A table; on a narrow terminal two lines a call."""
    rows = [_row(call) for call in calls]
    room = QUESTION
    if sys.stdout.isatty():
        columns = shutil.get_terminal_size().columns
        head = table([row | {"question": ""} for row in rows]).partition("\n")[0]
        room = columns - head.rindex("question")
        if room < LEAST_OF_QUESTION:
            return "\n".join(_pair(row, columns) for row in rows)
    return table([row | {"question": clipped(row["question"], room)} for row in rows])


def _row(call: Call) -> dict[str, str]:
    return {
        "call": call["id"],
        "when": figures.local_time(call["started_at"]),
        "model": call["answered_by"] or call["model"],
        "source": figures.source(call),
        "state": call["state"],
        "in": _count(call["input_tokens"]),
        "out": _count(call["output_tokens"] if call["stop_reason"] else None),
        "first token": figures.seconds(call["first_token_ms"]),
        "cost": figures.cost(call),
        "question": figures.inside(words(call["question"] or "")),
    }


def _pair(row: Mapping[str, str], columns: int) -> str:
    first = f"{row['call']}  {row['when'][5:16]}  "
    second = f"{row['state']} · {row['source']} · {row['model']} · in {row['in']} · out {row['out']}"
    figures = folded(f"  {second} · {row['cost']}", columns, indent=2)
    return f"{first}{clipped(row['question'], columns - len(first))}\n{figures}"


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"
