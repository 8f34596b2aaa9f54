"""A page of the calls that somebody wants, in any order, without reading those before it.

By time, a page that many calls may stand on is found by a walk through the next NEAR calls. Else: the wanted
calls are all calls of some kinds. The first calls of all these kinds tell which few kinds the page is made
of, and those kinds, each in its order in an index, are merged. What a kind does not decide is looked at on
each call, where few calls are within such limits, or many.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lab.errors import BadInput
from lab.store.kinds import KEYS, OPEN
from lab.store.sqlite import Connection
from lab.store.wanted import Conditions, Sifted, joined

ORDERS = ("newest", "oldest", *KEYS)
"""How calls can be put in order: by time, or what is most first. Of equals the newest is first."""
FEW = 5_000
"""So many calls are put in order, rather than found in it."""

NEAR = 1_000
"""So many calls are walked through, at 2 µs each: as long as a look at the first of 1,000 kinds takes."""

Rows = Iterator[tuple[Any, str]]
"""What calls are put in order by, and their ids."""


@dataclass(frozen=True, slots=True)
class Order:
    """By `name`, one of ORDERS; `back`: the other way round. `at`: behind the call of this id."""

    name: str
    back: bool = False
    at: str | None = None

    @property
    def by(self) -> str:
        """One of KEYS, or `id`."""
        return self.name if self.name in KEYS else "id"

    @property
    def key(self) -> str:
        return KEYS.get(self.name, "id")

    @property
    def down(self) -> bool:
        return (self.name == "oldest") == self.back

    @property
    def sql(self) -> str:
        way = "DESC" if self.down else "ASC"
        return f"id {way}" if self.by == "id" else f"{self.key} {way}, id {way}"


def ids(connection: Connection, sought: Sifted, order: Order, limit: int) -> list[str]:
    """The first so many. Raises BadInput where there is no call of that id to go on behind."""
    pages = _Pages(connection, sought, order, limit)
    if len(near := pages.near()) == limit:
        return near
    rows = heapq.merge(*pages.streams(), reverse=order.down)
    return [id for _, id in islice(rows, limit)]


class _Pages:
    def __init__(self, connection: Connection, sought: Sifted, order: Order, limit: int) -> None:
        self.connection, self.sought, self.order, self.limit = connection, sought, order, limit
        self.behind = _behind(connection, order)
        self.between = [each for held in sought.between.values() for each in held]

    def near(self) -> list[str]:
        """What is found by a walk, where that is worth a try."""
        sought = self.sought
        if self.order.by != "id" or sought.few or not (sought.kind or sought.whose):
            return []
        walked, values = joined([*sought.between.get("id", ()), *self.behind])
        held, more = joined(sought.all)
        rows = self.connection.execute(
            f"SELECT id FROM (SELECT * FROM calls WHERE {walked} ORDER BY {self.order.sql} LIMIT {NEAR})"
            f" AS calls WHERE {held} LIMIT ?",
            (*values, *more, self.limit),
        )
        return [row["id"] for row in rows]

    def streams(self) -> list[Rows]:
        sought, timely = self.sought, self.order.by == "id"
        if sought.few or (timely and not (sought.kind or sought.whose or {*sought.between} - {"id"})):
            return [self._rows("calls", sought.all)]
        under_way = self._rows("calls INDEXED BY calls_open", [(OPEN, ()), *sought.all])
        if sought.whose and not timely:
            return [under_way, self._of_kinds("calls_user")]
        others = {} if sought.whose else {**sought.between}
        others.pop(self.order.by, None)
        counts = {name: self._count(name) for name in others}
        fewest = min(counts, key=counts.__getitem__, default=None)
        if fewest is not None and counts[fewest] < FEW:
            return [under_way, self._of_kinds(_index(fewest))]
        return [under_way, *self._each_kind("calls_user" if sought.whose else _index(self.order.by))]

    def _rows(self, source: str, conditions: Conditions) -> Rows:
        """Calls in their order, read as they are asked for."""
        for behind in self.behind:
            held, values = joined([*conditions, behind])
            yield from map(
                tuple,
                self.connection.execute(
                    f"SELECT {self.order.key}, id FROM {source} WHERE {held}"
                    f" ORDER BY {self.order.sql} LIMIT ?",
                    (*values, self.limit),
                ),
            )

    def _of_kinds(self, index: str) -> Rows:
        """All that are within the limits are looked at."""
        kinds, values = joined(self.sought.kind)
        listed = (f"kind IN (SELECT id FROM kinds WHERE {kinds})", tuple(values))
        return self._rows(f"calls INDEXED BY {index}", [*self.sought.whose, listed, *self.between])

    def _each_kind(self, index: str) -> list[Rows]:
        """The calls of each kind that the first of all can be among."""
        kinds, values = joined(self.sought.kind)
        firsts, more = [], []
        for behind in self.behind:
            held, these = joined([*self.sought.whose, *self.between, behind])
            firsts.append(
                f"(SELECT rowid FROM calls INDEXED BY {index} WHERE kind = kinds.id AND {held}"
                f" ORDER BY {self.order.sql} LIMIT 1)"
            )
            more += these
        leading = self.connection.execute(
            f"SELECT kind FROM (SELECT coalesce({', '.join(firsts)}, NULL) AS first FROM kinds WHERE {kinds})"
            f" CROSS JOIN calls ON calls.rowid = first ORDER BY {self.order.sql} LIMIT ?",
            (*more, *values, self.limit),
        ).fetchall()
        source, others = f"calls INDEXED BY {index}", [*self.sought.whose, *self.between]
        return [self._rows(source, [*others, ("kind = ?", (row["kind"],))]) for row in leading]

    def _count(self, name: str) -> int:
        """How many calls of these kinds are within a limit, as far as FEW."""
        kinds, values = joined(self.sought.kind)
        held, more = joined(self.sought.between[name])
        return self.connection.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM calls INDEXED BY {_index(name)}"
            f" WHERE kind IN (SELECT id FROM kinds WHERE {kinds}) AND {held} LIMIT ?)",
            (*values, *more, FEW),
        ).fetchone()[0]


def _index(name: str) -> str:
    return "calls_kind" if name == "id" else f"calls_kind_{name}"


def _behind(connection: Connection, order: Order) -> Conditions:
    """What comes after the call that was last, nearest first."""
    if order.at is None:
        return [("true", ())]
    after = "<" if order.down else ">"
    if order.by == "id":
        return [(f"id {after} ?", (order.at,))]
    row = connection.execute(f"SELECT {order.key} AS key FROM calls WHERE id = ?", (order.at,)).fetchone()
    if row is None:
        raise BadInput(f"There is no call '{order.at}' to go on from.")
    return [
        (f"{order.key} = ? AND id {after} ?", (row["key"], order.at)),
        (f"{order.key} {after} ?", (row["key"],)),
    ]
