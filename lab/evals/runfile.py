"""A run as a file that another lab takes in: `x.run.jsonl`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab import __version__, store
from lab.errors import BadInput
from lab.evals import runrows, runshapes
from lab.evals.encoding import decode
from lab.redaction import without_keys
from lab.store import Connection, Store
from lab.types import Principal

FORMAT = 1
"""Raised when an older lab could not read it rightly."""
MOST_BYTES = 256 * 2**20
MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Parcel:
    """A run read from a file: its rows as `store.packed` gives them, all of them checked."""

    file: Path
    rows: list[tuple[str, dict[str, Any]]]

    @property
    def run(self) -> Mapping[str, Any]:
        return next(row for table, row in self.rows if table == "runs")


def text(connection: Connection, principal: Principal, run: Mapping[str, Any]) -> str:
    """The file of a run that `store.run_head` gave, keys taken out. Raises BadInput while it still runs
    or is out in a batch."""
    if run["batches"]:
        raise BadInput(f"Run {run['id']} is out in a batch. Export it when that is collected.")
    if run["state"] == "running":
        raise BadInput(f"Run {run['id']} still goes on. Export it when it has ended.")
    lines = [{"lab": "run", "format": FORMAT, "made_by": __version__}]
    for table, row in store.packed(connection, principal, run["id"]):
        lines.append({"table": table, "row": row})
    lines.append({"end": len(lines) - 1})
    return without_keys("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def read(file: Path, connection: Connection) -> Parcel:
    """A run's file, every row checked against what this database can hold. Raises BadInput that names file
    and line, listing up to 20 lines."""
    lines = list(_lines(_content(file), file))
    head, end = lines[0][1], lines[-1][1]
    if head.get("lab") != "run" or type(head.get("format")) is not int:
        raise BadInput(f"{file}, line 1: this is no run. `lab check --output x.run.jsonl` writes one.")
    if head["format"] > FORMAT:
        newer = f"format {head['format']}, this lab knows {FORMAT}"
        raise BadInput(f"{file}, line 1: it was written by a newer lab ({newer}). Upgrade this lab.")
    if end.get("end") != len(lines) - 2:
        raise BadInput(
            f"{file}, line {lines[-1][0]}: the file ends too early; its last line counts its rows."
        )
    rows, problems, check = [], [], runrows.Check(store.columns(connection))
    for number, line in lines[1:-1]:
        try:
            rows.append(check.row(line))
        except ValueError as error:
            problems.append(f"{file}, line {number}: {error}.")
    if not problems and (missing := check.missing()):
        problems.append(f"{file}: {missing}.")
    if problems:
        more = [f"There are {len(problems) - MOST_PROBLEMS:,} more problems."]
        raise BadInput("\n".join(problems[:MOST_PROBLEMS] + more * (len(problems) > MOST_PROBLEMS)))
    return Parcel(file, rows)


def add(to: Store, principal: Principal, parcel: Parcel) -> bool:
    """Take a run in as this person's. Gives False where it is there already. Raises StoreError."""
    bodies = {row["id"]: row["body"] for table, row in parcel.rows if table == "texts"}
    made_by = {"user": parcel.run["user"], "file": parcel.file.name}
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    settings = json.loads(bodies[parcel.run["settings_id"]]) | {"imported": made_by | {"at": at}}
    write = store.run_imported(parcel.rows, principal.user, json.dumps(settings, ensure_ascii=False))
    return asyncio.run(to.commit(write))


def _content(file: Path) -> str:
    try:
        if (size := file.stat().st_size) > MOST_BYTES:
            raise BadInput(f"{file} holds {size:,} bytes; the limit is {MOST_BYTES:,}.")
        data = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from None
    if not data.strip():
        raise BadInput(f"{file} is empty.")
    return decode(data, str(file))


def _lines(content: str, file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects by their lines. Raises BadInput at the first line that is none."""
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = runshapes.parsed(line)
        except ValueError as error:
            raise BadInput(f"{file}, line {number}: this is not JSON: {error}.") from None
        if not isinstance(value, dict):
            raise BadInput(f"{file}, line {number}: this is no object.")
        yield number, value
