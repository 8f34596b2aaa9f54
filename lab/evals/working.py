"""A dataset's cases being edited: what stands in the table, and what that changes in the file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.errors import BadInput
from lab.evals.editing import Changes, Grid, typed

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Working:
    """`rows` as they stand now, each with its place in the grid that the edit began from; None: a new one.
    `further` are columns that the grid does not have yet."""

    of: Grid
    rows: tuple[tuple[int | None, Row], ...]
    further: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.of.columns, *self.further)

    @property
    def changes(self) -> Changes:
        """What `editing.save` takes."""
        there = {place for place, _ in self.rows}
        cells = {
            place: {
                name: row.get(name)
                for name in {**self.of.rows[place], **row}
                if row.get(name) != self.of.rows[place].get(name)
            }
            for place, row in self.rows
            if place is not None
        }
        return Changes(
            cells={place: changed for place, changed in cells.items() if changed},
            added=[row for place, row in self.rows if place is None],
            deleted=[place for place in range(len(self.of.rows)) if place not in there],
        )

    @property
    def touched(self) -> bool:
        """Whether there is anything to save."""
        found = self.changes
        return bool(found.cells or found.added or found.deleted)


def begun(of: Grid) -> Working:
    """An edit in which nothing was done yet."""
    return Working(of, tuple(enumerate(of.rows)))


def shown(working: Working) -> list[dict[str, str | None]]:
    """The rows as texts: what is none is JSON, as a person types it."""
    return shown_rows([{name: row.get(name) for name in working.columns} for _, row in working.rows])


def shown_rows(rows: Sequence[Row]) -> list[dict[str, str | None]]:
    """Any rows as texts."""
    return [{name: _shown(value) for name, value in row.items()} for row in rows]


def widened(working: Working, column: str) -> Working:
    """With one more column, in which nothing stands yet."""
    return replace(working, further=(*working.further, column))


def done(
    working: Working,
    cells: Mapping[int, Row],
    added: Sequence[Row],
    deleted: Sequence[int],
) -> Working:
    """After a further edit: texts by row and column, further rows, and rows that go, by their places among
    `working.rows`. Raises BadInput as `editing.typed` does."""
    rows: list[tuple[int | None, Row]] = []
    for number, (place, row) in enumerate(working.rows):
        if number not in deleted:
            new = {name: typed(working.of, place, name, text) for name, text in cells.get(number, {}).items()}
            rows.append((place, _without_none({**row, **new}, new)))
    for row in added:
        new = {name: typed(working.of, None, name, text) for name, text in row.items() if text is not None}
        rows.append((None, new))
    return replace(working, rows=tuple(rows))


def read(old: Any, text: str | None, column: str) -> Any:
    """What somebody typed in place of a value: text where that was text or nothing, else JSON.

    Raises BadInput for what is none.
    """
    if text is None or old is None or isinstance(old, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput(f"{text[:60]!r} in '{column}' is not JSON, as what stood there was.") from None


def rebased(working: Working, of: Grid) -> tuple[Working, list[Row]]:
    """The same changes in a file that somebody else changed meanwhile, and the rows that they cannot be made
    in: the other one changed or deleted these too. Their values as they were typed are given back."""
    places: dict[str, list[int]] = {}
    for place, row in enumerate(of.rows):
        places.setdefault(_key(row), []).append(place)
    changes, lost, cells, deleted = working.changes, [], {}, set()
    edited = {place: row for place, row in working.rows if place is not None}
    for place in (*changes.cells, *changes.deleted):
        same = places.get(_key(working.of.rows[place]))
        if same and place in changes.cells:
            cells[same.pop(0)] = edited[place]
        elif same:
            deleted.add(same.pop(0))
        elif place in changes.cells:
            lost.append(edited[place])
    rows = [(place, cells.get(place, row)) for place, row in enumerate(of.rows) if place not in deleted]
    further = tuple(name for name in working.columns if name not in of.columns)
    return Working(of, (*rows, *((None, row) for row in changes.added)), further), lost


def barrier(path: Path, file: Path) -> str | None:
    """Why the cases of the dataset at `path`, in `file`, cannot be saved from here; None where they can."""
    if not file.resolve().is_relative_to(path.parent.resolve()):
        return f"{file} lies outside {path.parent}: edit it where it belongs."
    if not os.access(file.parent, os.W_OK | os.X_OK):
        return f"This lab may not write in {file.parent}. Take the patch along instead."
    return None


def _shown(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _without_none(row: dict[str, Any], new: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in new or value is not None}


def _key(row: Row) -> str:
    return json.dumps(row, sort_keys=True, ensure_ascii=False)
