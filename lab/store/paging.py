"""A page of the calls that somebody wants, in any order, without reading those before it.

By time, a page that many calls may stand on is found by a walk through the next NEAR calls. Else: the wanted
calls are all calls of some kinds. The first calls of all these kinds tell which few kinds the page is made
of, and those kinds, each in its order in an index, are merged. A person's calls stand together in an index,
with all that they can be put in order by. What lies between limits is put in order, where it is few calls;
else that index is read for it as a whole.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from lab.errors import BadInput
from lab.store.kinds import KEYS, OPEN
from lab.store.sqlite import Connection
from lab.store.wanted import Conditions, Sifted, joined

ORDERS = ("newest", "oldest", *KEYS)
"""How calls can be put in order: by time, or what is most first. Of equals the newest is first."""
FEW = 1_000
"""So many calls are read and put in order, rather than found in it."""

NEAR = 1_000
"""So many calls are walked through, at 2 µs each: as long as a look at the first of 1,000 kinds takes."""

Rows = list[tuple[Any, str]]
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
    def way(self) -> str:
        return "DESC" if self.down else "ASC"

    @property
    def sql(self) -> str:
        return f"id {self.way}" if self.by == "id" else f"{self.key} {self.way}, id {self.way}"


def ids(connection: Connection, sought: Sifted, order: Order, limit: int) -> list[str]:
    """The first so many. Raises BadInput where there is no call of that id to go on behind."""
    pages = _Pages(connection, sought, order, limit)
    if len(near := pages.near()) == limit:
        return near
    rows = heapq.merge(*pages.streams(), reverse=order.down)
    return [id for _, id in islice(rows, limit)]


class _Pages:
    def __init__(self, connection: Connection, sought: Sifted, order: Order, limit: int) -> None:
        self.behind = _behind(connection, order)
        if order.by == "id" and order.at is not None:
            sought, self.behind = _further(sought, order.at, order.down)
        self.connection, self.sought, self.order, self.limit = connection, sought, order, limit
        self.between = [each for held in sought.between.values() for each in held]
        self.others = {*sought.between} - {order.by, "id"}

    def near(self) -> list[str]:
        """What is found by a walk, where that is worth a try."""
        sought = self.sought
        if self.order.by != "id" or sought.few or sought.whose or not (sought.kind or self.others):
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
        sought = self.sought
        simple = self.order.by == "id" and not (sought.kind or sought.whose or self.others)
        if sought.few or simple:
            return [self._rows("calls", sought.all)]
        under_way = self._rows("calls INDEXED BY calls_open", [(OPEN, ()), *sought.all])
        if sought.whose:
            return [under_way, self._of_kinds("calls_user")]
        counts = {name: self._count(name) for name in {*sought.between} - {self.order.by}}
        fewest = min(counts, key=counts.__getitem__, default="")
        if fewest and counts[fewest] < FEW:
            return [under_way, self._of_kinds(_index(fewest))]
        if self.others:
            return [under_way, self._of_kinds("calls_user")]
        index = _index(self.order.by)
        kinds, within = self._leading(index)
        held = [*self.between, *within]
        return [
            under_way,
            *(self._rows(f"calls INDEXED BY {index}", [("kind = ?", (each,)), *held]) for each in kinds),
        ]

    def _rows(self, source: str, conditions: Conditions) -> Rows:
        """The first calls, in their order."""
        held, values = joined([*conditions, *self.behind])
        rows = self.connection.execute(
            f"SELECT {self.order.key}, id FROM {source} WHERE {held} ORDER BY {self.order.sql} LIMIT ?",
            (*values, self.limit),
        )
        return [tuple(row) for row in rows]

    def _of_kinds(self, index: str) -> Rows:
        """All that are within the limits are looked at."""
        listed: Conditions = [("kind NOT NULL", ())]
        if self.sought.kind:
            kinds, values = joined(self.sought.kind)
            listed = [(f"kind IN (SELECT id FROM kinds WHERE {kinds})", tuple(values))]
        return self._rows(f"calls INDEXED BY {index}", [*self.sought.whose, *listed, *self.between])

    def _leading(self, index: str) -> tuple[list[int], Conditions]:
        """The kinds that the first of all can be among, and how far these go in each of them."""
        firsts = self._firsts(index, self.order.key, [])
        if len(firsts) <= self.limit:
            return [kind for _, kind in firsts], []
        last = firsts[-2][0]
        within: Conditions = [(f"{self.order.key} {'>=' if self.order.down else '<='} ?", (last,))]
        if firsts[-1][0] != last:
            return [kind for _, kind in firsts[:-1]], within
        # so many begin alike that their newest calls decide
        alike = self._firsts(index, "id", [(f"{self.order.key} = ?", (last,))])
        kinds = [kind for first, kind in firsts if first != last] + [kind for _, kind in alike]
        return [*dict.fromkeys(kinds)], within

    def _firsts(self, index: str, what: str, more: Conditions) -> list[tuple[Any, int]]:
        """What the first call of each kind has, and the kind: those that come first, and one more."""
        kinds, ended = joined(self.sought.kind)
        held, values = joined([*more, *self.between, *self.behind])
        rows = self.connection.execute(
            f"WITH each AS MATERIALIZED (SELECT id, (SELECT {what} FROM calls INDEXED BY {index}"
            f" WHERE kind = kinds.id AND {held} ORDER BY {self.order.sql} LIMIT 1) AS first"
            f" FROM kinds WHERE {kinds})"
            f" SELECT first, id FROM each WHERE first NOT NULL ORDER BY first {self.order.way} LIMIT ?",
            (*values, *ended, self.limit + 1),
        )
        return [tuple(row) for row in rows]

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
    """What comes after the call that was last."""
    if order.at is None:
        return []
    after = "<" if order.down else ">"
    if order.by == "id":
        return [(f"id {after} ?", (order.at,))]
    row = connection.execute(f"SELECT {order.key} AS key FROM calls WHERE id = ?", (order.at,)).fetchone()
    if row is None:
        raise BadInput(f"There is no call '{order.at}' to go on from.")
    key = row["key"]  # one look into the index, where `key = ? AND … OR key < ?` would be two
    return [(f"{order.key} {after}= ? AND ({order.key} {after} ? OR id {after} ?)", (key, key, order.at))]


def _further(sought: Sifted, at: str, down: bool) -> tuple[Sifted, Conditions]:
    """Behind a call in order of time, and within the limits that this leaves: of two limits on a side SQLite
    looks for one, and reads all that is between them."""
    side = "id <" if down else "id >"
    ends, others = [(f"{side} ?", (at,))], []
    for end in sought.between.get("id", ()):
        (ends if end[0].startswith(side) else others).append(end)
    nearest = (min if down else max)(ends, key=lambda end: end[1])
    return replace(sought, between=sought.between | {"id": others}), [nearest]
