"""Cache diagnostics: which part of a request is the first to differ from that of an earlier answer.

https://platform.claude.com/docs/en/build-with-claude/cache-diagnostics: only requests that carry them are
remembered and compared. The tokens named are those of the earlier request from there on: roughly.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from lab.sim.clock import Clock
from lab.sim.http import Json, require
from lab.sim.prompt import Block, content_blocks

KEPT = 3600.0  # seconds that a request is remembered; how long the API does is not published
MOST = 10_000  # requests that are
_OTHER = ("thinking", "tool_choice", "output_config")  # of a request, what changes the prompt in other ways


class _Print(NamedTuple):
    """A request as hashes of its parts, and the tokens of its three sections."""

    at: float
    head: str  # key, model and speed
    tools: int
    system: int
    other: str
    messages: Sequence[int]
    sizes: tuple[int, int, Sequence[int]]


class Diagnostics:
    """The requests that asked for them, by the ids of their answers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._prints: dict[str, _Print] = {}

    def remember(self, id: str, key: str, body: Json, blocks: Sequence[Block]) -> None:
        """A request whose answer begins."""
        if body.get("diagnostics") is not None:
            self._prints[id] = self._print(key, body, blocks)
            if len(self._prints) > MOST:
                del self._prints[next(iter(self._prints))]

    def compare(self, key: str, body: Json, blocks: Sequence[Block]) -> Json | None:
        """The `diagnostics` of an answer; None where nothing changed, or nothing is to be compared."""
        asked = body.get("diagnostics") or {}
        before = self._prints.get(asked.get("previous_message_id") or "")
        if asked.get("previous_message_id") is None:
            return None
        now = self._print(key, body, blocks)
        if before is None or before.at + KEPT < now.at or json.loads(before.head)[0] != key:
            return _reason("previous_message_not_found")
        tools, system, messages = before.sizes
        if before.head != now.head:
            return _reason("model_changed", tools + system + sum(messages))
        if before.system != now.system:
            return _reason("system_changed", system + sum(messages))
        if before.tools != now.tools:
            return _reason("tools_changed", tools + system + sum(messages))
        if before.other != now.other:
            return _reason("unavailable")
        pairs = enumerate(before.messages)
        changed = next((at for at, one in pairs if [one] != [*now.messages[at : at + 1]]), None)
        return None if changed is None else _reason("messages_changed", sum(messages[changed:]))

    def _print(self, key: str, body: Json, blocks: Sequence[Block]) -> _Print:
        first = len(body["tools"])
        second = first + len(content_blocks(body.get("system") or ()))
        parts = blocks[:first], blocks[first:second], blocks[second:]
        tools, system, messages = ([one.data for one in part] for part in parts)
        sizes = [[one.tokens for one in part] for part in parts]
        return _Print(
            self._clock(), json.dumps([key, body["model"], body["speed"]]), hash(tuple(tools)),
            hash(tuple(system)), json.dumps([body[name] for name in _OTHER], sort_keys=True),
            [*map(hash, messages)], (sum(sizes[0]), sum(sizes[1]), sizes[2]),
        )  # fmt: skip


def _reason(type: str, tokens: int | None = None) -> Json:
    counted: dict[str, Any] = {} if tokens is None else {"cache_missed_input_tokens": tokens}
    return {"cache_miss_reason": {"type": type, **counted}}


def check(body: Json, counting: bool) -> None:
    """Refuses a `diagnostics` of another shape. Raises Problem."""
    asked = body.get("diagnostics")
    if asked is not None:
        require(not counting, "diagnostics: is not possible when tokens are counted.")
        require(isinstance(asked, dict), "diagnostics: must be an object.")
        previous = asked.get("previous_message_id", 0)
        known = previous is None or isinstance(previous, str)
        require(known and len(asked) == 1, "diagnostics: must hold previous_message_id, an id or null.")
