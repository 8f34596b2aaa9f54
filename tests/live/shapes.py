"""What two APIs sent, shape by shape: statuses, header names, events and their order, keys and JSON types."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Event = tuple[str, Any]
SPELLED = ("type", "role", "stop_reason")
"""Keys whose words are part of the shape."""
FREE = ".input"
"""The object whose keys are whatever the answer made of them."""
HEADERS = ("anthropic-", "request-id", "content-type", "retry-after")
"""Beginnings of the names of headers that are the API's own, not its host's."""
ABSENT = "nothing"


class Exchange(NamedTuple):
    """One answer: `body` is its JSON, or the list of its events (name, data)."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Difference(NamedTuple):
    """A place where the two are not alike, and what each of them sent there."""

    path: str
    real: str
    simulated: str

    def __str__(self) -> str:
        return f"{self.path}: the API sent {self.real}, the simulator {self.simulated}"


def parsed(status: int, headers: Mapping[str, str], text: str) -> Exchange:
    """An exchange from its text; of a stream every event, whose name must be that in its data."""
    if not headers["content-type"].startswith("text/event-stream"):
        return Exchange(status, headers, json.loads(text))
    found = []
    for part in filter(str.strip, text.replace("\r\n", "\n").split("\n\n")):
        fields = dict(line.split(": ", 1) for line in part.strip().split("\n"))
        found.append((fields["event"], json.loads(fields["data"])))
    return Exchange(status, headers, found)


def differences(real: Exchange, simulated: Exchange) -> list[Difference]:
    """Every place where they are not alike, in the order of their paths."""
    sides = [dict(_facts(one)) for one in (real, simulated)]
    paths = sorted(sides[0].keys() | sides[1].keys())
    found = [Difference(path, *(side.get(path, ABSENT) for side in sides)) for path in paths]
    return [
        one
        for one in found
        if one.real != one.simulated and not any(_missing(one.path, side) for side in sides)
    ]


def _missing(path: str, side: Mapping[str, str]) -> bool:
    """Whether a side has nothing of what the path is in: then that is the difference, and named there."""
    parts = path.split(".")
    parents = [".".join(parts[:end]) for end in range(1, len(parts))]
    return any(parent not in side for parent in parents)


def _facts(one: Exchange) -> Iterator[tuple[str, str]]:
    """Each path and what is there."""
    yield "status", str(one.status)
    yield "headers", "headers"
    for name, value in one.headers.items():
        if name.lower().startswith(HEADERS):
            yield f"headers.{name.lower()}", value if name.lower() == "content-type" else "a value"
    if not isinstance(one.body, list):
        yield from _merged(_types("body", one.body))
        return
    yield "order", "; ".join(broken_rules(one.body)) or "right"
    yield from _merged(found for name, data in one.body for found in _types(name, data, event=True))


def _merged(found: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    kinds = defaultdict(set)
    for path, kind in found:
        kinds[path].add(kind)
    return ((path, " or ".join(sorted(words))) for path, words in kinds.items())


def _types(path: str, value: Any, event: bool = False) -> Iterator[tuple[str, str]]:
    """The JSON type at each path; parts of a list, and events, go by the type that they name."""
    if event:
        kind = (value.get("content_block") or value.get("delta") or {}).get("type")
        path += f"[{kind}]" if kind else ""
    yield path, "an event" if event else _kind(value)
    if isinstance(value, Mapping) and not path.endswith(FREE):
        for key, part in value.items():
            if key in SPELLED and isinstance(part, str):
                yield f"{path}.{key}", repr(part)
            else:
                yield from _types(f"{path}.{key}", part)
    elif isinstance(value, list):
        for part in value:
            named = part.get("type", "") if isinstance(part, Mapping) else ""
            yield from _types(f"{path}[{named}]", part)


def _kind(value: Any) -> str:
    kinds = {bool: "a boolean", int: "an integer", float: "a number", str: "a string", list: "a list"}
    return kinds.get(type(value), "null" if value is None else "an object")


def broken_rules(events: Sequence[Event]) -> list[str]:
    """What is wrong with the order of a stream: begun and ended once, its blocks one after the other."""
    names = [name for name, _ in events if name != "ping"]
    found = [f"{name} is called {data['type']} inside" for name, data in events if data["type"] != name]
    if names[:1] != ["message_start"] or names.count("message_start") != 1:
        found.append("it does not begin with one message_start")
    if names[-1:] != ["message_stop"] or names.count("message_stop") != 1:
        found.append("it does not end with one message_stop")
    ends = [name for name in names if name in ("message_delta", "message_stop")]
    if "message_delta" not in ends or names[-len(ends) :] != ends:
        found.append("a message_delta does not stand between the last block and the end")
    opened, last = None, -1
    for name, data in events:
        if name == "content_block_start":
            if opened is not None or data["index"] != last + 1:
                found.append(f"block {data['index']} does not follow a closed block {last}")
            opened = last = data["index"]
        elif name.startswith("content_block_"):
            if data["index"] != opened:
                found.append(f"{name} belongs to block {data['index']}, but {opened} is open")
            opened = None if name == "content_block_stop" else opened
    return list(dict.fromkeys(found + (["a block stays open"] if opened is not None else [])))
