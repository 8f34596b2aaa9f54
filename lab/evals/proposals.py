"""Cases that a model wrote: they lie beside the dataset, and are part of it once a person accepts them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab import documents
from lab.errors import BadInput
from lab.evals import editing, jsonl
from lab.evals.conversation import words
from lab.evals.dataset import PROPOSED
from lab.evals.duplicates import THRESHOLD, Shelf
from lab.evals.editing import Changes, Edited, Grid
from lab.evals.encoding import decode
from lab.files import held, write
from lab.graders import nearest

MADE = "generated"
"""The column that says which model wrote a case, and when."""

Row = Mapping[str, Any]


def file(path: Path) -> Path:
    """Where the proposals for the dataset at `path` lie, if there are any."""
    return path.with_name(path.stem + PROPOSED)


def waiting(path: Path) -> list[Row]:
    """The proposals that wait for a review; each has an `id`. Raises BadInput with lines."""
    place = file(path)
    if not place.is_file():
        return []
    rows = jsonl.rows(decode(documents.content(place), str(place)), str(place))
    for row in rows:
        if not isinstance(row.columns.get("id"), str):
            raise BadInput(f"{row.where()}: a proposal has an `id`, which is text.")
    return [row.columns for row in rows]


def propose(path: Path, rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """Put new rows (without ids) there, but those that a check would refuse or that nearly repeat a case or a
    proposal. Gives what was kept, and for each that was not a sentence. Raises BadInput."""
    with held(path.parent):
        of, there = editing.grid(path), waiting(path)
        known = [words(case) for case in editing.edit(path, of.hash, _added(path, of, there)).dataset.cases]
        named = {str(row.get(_id(path, of) or "")) for row in of.rows} | {row["id"] for row in there}
        free = (f"{MADE}-{n}" for n in range(1, 10**9) if f"{MADE}-{n}" not in named)
        sound, dropped = _sound(path, of, [{"id": next(free), **row} for row in rows])
        shelf = Shelf([*known, *(text for _, text in sound)], THRESHOLD)
        for number in range(len(known)):
            shelf.put(number)
        kept: list[Row] = []
        for number, (row, text) in enumerate(sound, len(known)):
            if shelf.put(number):
                dropped.append(f"It repeats what there is: {text[:80]!r}")
            else:
                kept.append(row)
        if kept:
            _write(path, [*there, *kept])
    return kept, dropped


def _sound(path: Path, of: Grid, rows: Sequence[Row]) -> tuple[list[tuple[Row, str]], list[str]]:
    """The rows that the dataset could take, with all that each says, and why it could not take the others."""
    found: list[tuple[Row, str]] = []
    refused: list[str] = []
    for row in rows:
        try:
            made = editing.edit(path, of.hash, _added(path, of, [row])).dataset
            found.append((row, words(made.cases[-1])))
        except BadInput as error:
            refused.append(str(error))
    return found, refused


def accept(path: Path, ids: Collection[str]) -> Edited:
    """Make these proposals cases of the dataset; the column `generated` still says where they came from.

    Raises BadInput, with rows, for what the dataset cannot take: then nothing is accepted.
    """
    chosen, left = _parted(path, ids)
    of = editing.grid(path)
    done = editing.save(path, of.hash, _added(path, of, chosen))
    _write(path, left)
    return done


def reject(path: Path, ids: Collection[str]) -> None:
    """Take these proposals away. Raises BadInput for one that there is not."""
    _, left = _parted(path, ids)
    _write(path, left)


def change(path: Path, id: str, cells: Row) -> None:
    """Edit a proposal; None takes a value away. Raises BadInput for what the dataset could not take."""
    ((old,), _) = _parted(path, [id])
    new = {name: value for name, value in {**old, **cells, "id": id}.items() if value is not None}
    of = editing.grid(path)
    editing.edit(path, of.hash, _added(path, of, [new]))
    _write(path, [new if row["id"] == id else row for row in waiting(path)])


def _parted(path: Path, ids: Collection[str]) -> tuple[list[Row], list[Row]]:
    """The proposals with these ids, and the others."""
    there = waiting(path)
    known = [row["id"] for row in there]
    if not there:
        raise BadInput(f"No case is proposed for {path.stem}. Have some written: lab datasets generate")
    for id in ids:
        if id not in known:
            raise BadInput(f"There is no proposal '{id}' for {path.stem}. {nearest(id, known)}")
    return [row for row in there if row["id"] in ids], [row for row in there if row["id"] not in ids]


def _added(path: Path, of: Grid, rows: Sequence[Row]) -> Changes:
    """The rows as the dataset takes them: under its own column of ids, or without one."""
    column = _id(path, of)
    bare = [{name: value for name, value in row.items() if name != "id"} for row in rows]
    if column is None:
        return Changes(added=bare)
    return Changes(added=[{column: row["id"], **each} for row, each in zip(rows, bare, strict=True)])


def _id(path: Path, of: Grid) -> str | None:
    """The column that names a dataset's cases."""
    return documents.read(path).value.get("id") or ("id" if "id" in of.columns else None)


def _write(path: Path, rows: Sequence[Row]) -> None:
    if rows:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        write(file(path), text, replace=True)
    else:
        file(path).unlink(missing_ok=True)
