"""Rows of CSV and TSV text, every cell exactly as it stands."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from lab.errors import BadInput
from lab.evals.row import LONGEST_CELL, Row, refuse

NO_LIMIT = 2**31 - 1
"""For the csv module, whose limit names no row; ours does."""


class Record(NamedTuple):
    """The cells of a row, its number as a spreadsheet shows it, and the line that it begins on."""

    cells: list[str]
    number: int
    line: int

    def where(self, file: str) -> str:
        """`x.csv, row 7`, with the line where that is another number."""
        return f"{file}, row {self.number}" + (f" (line {self.line})" if self.line != self.number else "")


def rows(text: str, file: str, delimiter: str) -> list[Row]:
    """The rows under the header; rows without anything in them are left out.

    `file` is how errors call it. Raises BadInput listing every row that is not as the header has it.
    """
    problems: list[str] = []
    records = _records(text, file, delimiter, problems)
    header = next(records, None)
    if header is None:
        refuse(problems)
        raise BadInput(f"{file} is empty: it has no header and no cases.")
    problems += _header_problems(header, file)
    found = []
    for record in records:
        if len(record.cells) != len(header.cells):
            problems.append(
                f"{record.where(file)}: {_fields(len(record.cells))}, but the header has {len(header.cells)}."
            )
        for name, cell in zip(header.cells, record.cells, strict=False):
            if len(cell) > LONGEST_CELL:
                size = f"{len(cell):,} characters; the limit is {LONGEST_CELL:,}"
                problems.append(f"{record.where(file)}: the cell of {name[:60]!r} holds {size}.")
        where = record.where(file)
        columns = dict(zip(header.cells, record.cells, strict=False))
        found.append(Row(columns, record.line, lambda *path, where=where: where))
    refuse(problems)
    return found


def _records(text: str, file: str, delimiter: str, problems: list[str]) -> Iterator[Record]:
    """Every record with anything in it. A fault in the quoting ends them, and is added to `problems`."""
    csv.field_size_limit(NO_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number, line = number + 1, reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            where = Record([], number, line).where(file)
            problems.append(f"{where}: {_explained(str(error), reader.line_num)}")
            return
        if any(cells):
            yield Record(cells, number, line)


def edited(
    text: str,
    delimiter: str,
    changed: Mapping[int, Mapping[str, str]],
    added: Sequence[Mapping[str, str]],
    deleted: Collection[int],
) -> str:
    """The text with some of its rows changed, added or taken out, by their positions in what `rows` gave.

    All others stay as they are, to the byte; a column that the header lacks is put behind the others.
    """
    records = list(_raw(text, delimiter))
    first = next(index for index, (cells, _) in enumerate(records) if any(cells))
    header, raw = records[first]
    end = _end(raw) or "\n"
    names = list(dict.fromkeys([*header, *(name for row in (*changed.values(), *added) for name in row)]))
    more = delimiter.join(_quoted(name, delimiter) for name in names[len(header) :])
    parts = [raw for _, raw in records[:first]]
    parts.append(raw.removesuffix(_end(raw)) + (f"{delimiter}{more}" if more else "") + _end(raw))
    position = -1
    for cells, raw in records[first + 1 :]:
        position += any(cells)
        if not any(cells):
            parts.append(raw)
        elif position in changed:
            parts.append(_record([changed[position].get(name, "") for name in names], delimiter, _end(raw)))
        elif position not in deleted:
            parts.append(raw.removesuffix(_end(raw)) + delimiter * (len(names) - len(header)) + _end(raw))
    if added and parts and not _end(parts[-1]):
        parts[-1] += end
    return "".join(
        [*parts, *(_record([row.get(name, "") for name in names], delimiter, end) for row in added)]
    )


def _raw(text: str, delimiter: str) -> Iterator[tuple[list[str], str]]:
    """The cells of every record, and the text that they stand in."""
    csv.field_size_limit(NO_LIMIT)
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    for cells in csv.reader(lines(), delimiter=delimiter, strict=True):
        yield cells, "".join(taken)
        taken.clear()


def _record(cells: Sequence[str], delimiter: str, end: str) -> str:
    alone = len(cells) == 1 and not cells[0]
    return ('""' if alone else delimiter.join(_quoted(cell, delimiter) for cell in cells)) + end


def _quoted(cell: str, delimiter: str) -> str:
    if any(mark in cell for mark in (delimiter, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _end(raw: str) -> str:
    return next((end for end in ("\r\n", "\n", "\r") if raw.endswith(end)), "")


def _explained(error: str, line: int) -> str:
    """What the csv module found, in words that say what to do."""
    if "unexpected end" in error:
        return "a quote opens in this row and never closes."
    if "expected after" in error:
        either = "Either a quote that opens in this row never closes"
        return f'on line {line} text follows a closing quote. {either}, or one in a cell is not doubled ("").'
    return f"{error}."


def _header_problems(header: Record, file: str) -> Iterator[str]:
    seen: dict[str, int] = {}
    for position, name in enumerate(header.cells, 1):
        if not name.strip():
            yield f"{header.where(file)}: column {position} has no name."
        elif name in seen:
            yield f"{header.where(file)}: columns {seen[name]} and {position} are both called {name[:60]!r}."
        seen.setdefault(name, position)


def _fields(count: int) -> str:
    return f"{count} field" if count == 1 else f"{count} fields"
