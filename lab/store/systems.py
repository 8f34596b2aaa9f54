"""System texts, which many calls have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

from lab.store.sqlite import Connection, as_json, text_id
from lab.types import digest

Part = str | tuple[str]
"""What a block has under a name: a text, or anything else as JSON."""


def system_id(connection: Connection, system: str | Sequence[Mapping[str, object]]) -> int:
    """The number of a system text in `texts`. Making its JSON and the hash of that is much of the time that a
    call takes to write, so the last ones are kept in mind."""
    body, key = _remembered(system if isinstance(system, str) else tuple(map(_frozen, system)))
    row = connection.execute("SELECT id FROM texts WHERE hash = ?", (key,)).fetchone()
    return row["id"] if row else text_id(connection, body)


def _frozen(block: Mapping[str, object]) -> tuple[tuple[str, Part], ...]:
    return tuple((name, part if isinstance(part, str) else (as_json(part),)) for name, part in block.items())


@lru_cache(maxsize=16)
def _remembered(system: str | tuple[tuple[tuple[str, Part], ...], ...]) -> tuple[str, bytes]:
    """The JSON of a text or of blocks, and its hash."""
    if isinstance(system, str):
        body = as_json(system)
    else:
        body = as_json([{name: _thawed(part) for name, part in block} for block in system])
    return body, digest(body)


def _thawed(part: Part) -> object:
    return part if isinstance(part, str) else json.loads(part[0])
