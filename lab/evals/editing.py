"""A dataset's cases as a table that people edit, written back to the file that they stand in."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import documents
from lab.documents import Document
from lab.errors import BadInput
from lab.evals import casefile, jsonl, listed, tables
from lab.evals.columns import text as as_text
from lab.evals.dataset import Dataset, case_file, read
from lab.evals.encoding import decode
from lab.evals.row import Row
from lab.files import difference, held, write

MARK = "\ufeff"
FORMULA = re.compile(r"\s*[=+\-@\t\r\n＝＋－＠]")
PLAIN_NUMBER = re.compile(r"\s*[-+]?[0-9][0-9.,]*\s*")


class Conflict(BadInput):
    """The file is another than the one that was edited. Nothing was written."""


@dataclass(frozen=True)
class Grid:
    """The rows of `file` as they stand there: the cases of the dataset in their order, and their columns.

    `hash` is of the file's bytes, for `save`. A row lacks a column that its case does not have.
    """

    file: Path
    hash: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Changes:
    """What somebody did to a grid. `cells` are by row and column; None takes a value away, which in a table
    leaves an empty cell. `deleted` are rows; all of these are positions in what was read."""

    cells: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    added: Sequence[Mapping[str, Any]] = ()
    deleted: Collection[int] = ()


@dataclass(frozen=True)
class Edited:
    """The file before and after, the dataset that it makes, and what a person should know of it."""

    file: Path
    before: str
    after: str
    dataset: Dataset
    notes: tuple[str, ...] = ()

    def patch(self, folder: Path) -> str:
        """For `git apply` in the team's folder."""
        file, folder = self.file.resolve(), folder.resolve()
        name = file.relative_to(folder) if file.is_relative_to(folder) else file.name
        return difference(str(name), self.before, self.after)


def grid(path: Path) -> Grid:
    """The cases of the dataset at `path`. Raises BadInput as `load` does for what cannot be read."""
    file, data, rows, _ = _there(path)
    names = dict.fromkeys(name for row in rows for name in row.columns)
    return Grid(file, _hash(data), tuple(names), tuple(row.columns for row in rows))


def typed(of: Grid, row: int | None, column: str, text: str | None) -> Any:
    """What somebody typed into a cell (of a new row: None) means: text where its old value is text, or the
    first one in its column, else JSON where it is any. Raises BadInput for what only begins like JSON."""
    own = [of.rows[row]] if row is not None else []
    known = (each[column] for each in (*own, *of.rows) if each.get(column) is not None)
    if text is None or isinstance(next(known, ""), str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if text.lstrip()[:1] in ("[", "{"):
            raise BadInput(f"{text[:60]!r} in '{column}' is not JSON, as its other values are.") from None
        return text


def edit(path: Path, hash: str, changes: Changes) -> Edited:
    """What `save` would write, and its errors; nothing is written. `hash` is that of the grid.

    Raises Conflict where the file has changed since, and BadInput for what `load` would refuse, with rows.
    """
    file, data, rows, document = _there(path)
    if _hash(data) != hash:
        raise Conflict(f"{file} was changed meanwhile. Nothing was saved; look at it again.")
    if not file.resolve().is_relative_to(path.parent.resolve()):
        raise BadInput(f"{file} lies outside {path.parent}, and is not edited from here.")
    _check(file, changes, len(rows))
    is_table = file.suffix.lower() in casefile.DELIMITERS
    changed = {n: _row(rows[n].columns, cells, is_table) for n, cells in changes.cells.items()}
    added = [_row({}, row, is_table) for row in changes.added]
    before = decode(data, str(file))
    own = "cases" if file == path else None
    after = _text(before, file, own, (changed, added, changes.deleted), [row.columns for row in rows])
    wanted = [changed.get(n, row.columns) for n, row in enumerate(rows) if n not in changes.deleted]
    found, made = _made(path, file, after, document)
    names = {name: "" for row in found for name in row.columns} if is_table else {}
    if [dict(row.columns) for row in found] != [{**names, **row} for row in (*wanted, *added)]:
        raise BadInput(
            f"{file} cannot hold these cases as they are: what was written would be read otherwise."
        )
    mark = MARK if data.startswith(MARK.encode()) else ""
    notes = _formulas(file, [*changed.values(), *added]) if is_table else ()
    return Edited(file, mark + before, mark + after, made, notes)


def save(path: Path, hash: str, changes: Changes) -> Edited:
    """Write the changes, whole or not at all; rows that nobody touched stay as they are. Raises as `edit`."""
    with held(path.parent):
        done = edit(path, hash, changes)
        if done.after != done.before:
            write(done.file.resolve(), done.after, replace=True)
    return done


def _there(path: Path) -> tuple[Path, bytes, list[Row], Document]:
    """The file with the cases, what it holds, its rows, and the dataset's own document."""
    document = documents.read(path)
    file = case_file(document, path)
    if file == path:
        return file, documents.content(path), casefile.inline(document, "cases"), document
    casefile.check(file)
    data = documents.content(file)
    return file, data, casefile.rows(data, file), document


def _made(path: Path, file: Path, text: str, document: Document) -> tuple[list[Row], Dataset]:
    """The rows and the dataset that a file's new text makes. Raises BadInput."""
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise BadInput(f"{file}: {error.object[error.start]!a} is half of a character.") from None
    if file == path:
        document = documents.parse(text, str(path))
        rows = casefile.inline(document, "cases")
    else:
        rows = casefile.rows(data, file)
    return rows, read(document, path, rows)


def _text(
    before: str, file: Path, key: str | None, edits: tuple[Any, Any, Any], rows: Sequence[Mapping[str, Any]]
) -> str:
    kind = file.suffix.lower()
    if kind == ".jsonl":
        return jsonl.edited(before, *edits)
    if kind in casefile.DELIMITERS:
        return tables.edited(before, casefile.DELIMITERS[kind], *edits)
    return listed.edited(before, key, *edits, rows)


def _row(columns: Mapping[str, Any], cells: Mapping[str, Any], is_table: bool) -> dict[str, Any]:
    """A row with some of its cells changed."""
    row = {**columns, **cells}
    if is_table:
        return {name: as_text(value) for name, value in row.items()}
    return {name: value for name, value in row.items() if name not in cells or value is not None}


def _check(file: Path, changes: Changes, count: int) -> None:
    for number in (*changes.cells, *changes.deleted):
        if not 0 <= number < count:
            raise BadInput(f"{file} has no case at position {number}; it has {count}.")
    if len(set(changes.deleted)) == count and not changes.added:
        raise BadInput(f"{file} would have no case left. Delete the dataset instead.")
    for row in changes.added:
        if not any(value not in (None, "") for value in row.values()):
            raise BadInput(f"{file}: a case that was added is empty.")


def _formulas(file: Path, rows: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """A word on cells that a spreadsheet would calculate. They are what is asked, so they stay so."""
    found = [
        value for row in rows for value in row.values()
        if FORMULA.match(value) and not PLAIN_NUMBER.fullmatch(value)
    ]  # fmt: skip
    if not found:
        return ()
    return (f"A spreadsheet that opens {file.name} would take {found[0][:40]!r} for a formula.",)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
