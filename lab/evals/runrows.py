"""What the rows of another lab's run have to be, before anything of them is written."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

from lab import store
from lab.evals import runshapes as shapes
from lab.store import Column
from lab.types import OPEN_STATES, Origin, State

_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{13}")
CLOSED = tuple(state for state in State.__args__ if state not in OPEN_STATES)
_WORDS = {
    "runs.state": tuple(state for state in store.STATES if state != "running"),
    **dict.fromkeys(("calls.state", "attempts.state", "results.state"), CLOSED),
    "calls.source": ("api", "simulated", "replay", "batch"),
    "calls.origin": get_type_hints(Origin)["source"].__args__,
    **dict.fromkeys(("calls.cost_basis", "attempts.cost_basis"), ("usage", "estimate", "none")),
}
_KEYS = {
    "runs": ("id",),
    "cases": ("case_id",),
    "calls": ("id",),
    "attempts": ("call_id", "number"),
    "flags": ("call_id",),
    "results": ("case_id", "variant", "repeat"),
}
_PYTHON = {"TEXT": (str,), "INTEGER": (int,), "REAL": (int, float)}
_LARGEST = 2**63


class Check:
    """Looks at the rows of one run, one after the other; `known` are the columns that a database has."""

    def __init__(self, known: Mapping[str, Mapping[str, Column]]) -> None:
        self._known = known
        self._bodies: dict[int, Any] = {}
        self._fit: set[tuple[str, int]] = set()
        self._seen: dict[str, set[tuple[Any, ...]]] = {table: set() for table in _KEYS}

    def row(self, line: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The table and the row of a line. Raises ValueError with half a sentence."""
        table, row = line.get("table"), line.get("row")
        if set(line) != {"table", "row"} or not isinstance(row, dict):
            raise ValueError('a line is {"table": …, "row": {…}}')
        if table == "texts":
            self._text(row)
        elif table in self._known:
            self._columns(table, row)
            self._place(table, row)
            self._texts(table, row)
        else:
            raise ValueError(f"there is no table {str(table)[:60]!r} in a run")
        return table, row

    def missing(self) -> str | None:
        """What the whole lacks, in half a sentence."""
        return None if self._seen["runs"] else "there is no run in it"

    def _text(self, row: Mapping[str, Any]) -> None:
        id, body = row.get("id"), row.get("body")
        if set(row) != {"id", "body"} or type(id) is not int or not isinstance(body, str):
            raise ValueError("a text is an `id`, a whole number, and a `body`, a text")
        if id in self._bodies:
            raise ValueError(f"the text {id} stands here twice")
        _whole(body)
        try:
            self._bodies[id] = shapes.parsed(body)
        except ValueError as error:
            raise ValueError(f"the text is not JSON: {error}") from None

    def _columns(self, table: str, row: Mapping[str, Any]) -> None:
        """Every column there, of its kind, and nothing else."""
        known = self._known[table]
        for name, value in row.items():
            if name not in known:
                raise ValueError(f"{table} have no column {name[:60]!r} here; a newer lab may know it")
            kinds = _PYTHON[known[name].kind]
            if type(value) not in kinds or (type(value) is float and not math.isfinite(value)):
                raise ValueError(f"{name} is {_short(value)}, which is no {known[name].kind}")
            if isinstance(value, str):
                _whole(value)
            elif not -_LARGEST <= value < _LARGEST:
                raise ValueError(f"{name} is too large")
            if (words := _WORDS.get(f"{table}.{name}")) and value not in words:
                raise ValueError(f"{name} is {_short(value)}, not one of {', '.join(words)}")
            if name.endswith("_at"):
                _time(name, value)
            if name.startswith("cost") and type(value) is int and value < 0:
                raise ValueError(f"{name} is less than nothing")
        for name, column in known.items():
            if column.needed and name not in row and name not in ("user",):
                raise ValueError(f"{name} is missing")

    def _place(self, table: str, row: Mapping[str, Any]) -> None:
        """Once there, and of the run and the calls that are."""
        key = tuple(row[name] for name in _KEYS[table])
        if key in self._seen[table]:
            raise ValueError(f"{table} hold {_short(key[0])} twice")
        if table == "runs" and self._seen["runs"]:
            raise ValueError("there is a second run in it")
        if table in ("runs", "calls"):
            _id(row["id"])
        if table in ("cases", "results") and (row["run_id"],) not in self._seen["runs"]:
            raise ValueError(f"run_id is {_short(row['run_id'])}, which is not the run in this file")
        if "call_id" in row and (row["call_id"],) not in self._seen["calls"]:
            raise ValueError(f"there is no call {_short(row['call_id'])} above it")
        self._seen[table].add(key)
        for name, fits in shapes.COLUMNS.items():
            if name in row:
                _json(name, row[name], fits)

    def _texts(self, table: str, row: Mapping[str, Any]) -> None:
        """Each text that the row names is there, and is what it has to be."""
        named = {
            name: [row[name]] for name, column in self._known[table].items() if column.text and name in row
        }
        named["message_ids"] = store.named({}, row)
        for name, ids in named.items():
            for id in ids:
                if id not in self._bodies:
                    raise ValueError(f"{name} names the text {id}, which is not above it")
                if (name, id) not in self._fit:
                    if not shapes.TEXTS.get(name, shapes.anything)(self._bodies[id]):
                        raise ValueError(f"the text {id} is not what {name} has to be")
                    self._fit.add((name, id))


def _json(name: str, text: str, fits: Callable[[Any], bool]) -> None:
    try:
        value = shapes.parsed(text)
    except ValueError as error:
        raise ValueError(f"{name} is not JSON: {error}") from None
    if not fits(value):
        raise ValueError(f"{name} is not what it has to be: {_short(text)}")


def _id(value: str) -> None:
    """An id tells when it was made; one from the future would be the newest for ever."""
    soon = datetime.now(UTC) + timedelta(days=1)
    if not _ID.fullmatch(value) or value > store.first_id(soon):
        raise ValueError(f"{_short(value)} is no id of a lab")


def _time(name: str, value: str) -> None:
    try:
        known = datetime.fromisoformat(value).tzinfo
    except ValueError:
        known = None
    if known is None:
        raise ValueError(f"{name} is {_short(value)}, which is no time")


def _whole(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half of a surrogate pair, which is no character") from None


def _short(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= 60 else f"{said[:59]}…"
