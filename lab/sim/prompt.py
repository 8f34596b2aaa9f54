"""A request's prompt as the API reads it: tools, then system, then messages, in one list of sized blocks.

The list gives the answer of count_tokens, the usage of a reply and the positions of the prompt cache, whose
rules are https://platform.claude.com/docs/en/build-with-claude/prompt-caching.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from itertools import accumulate
from typing import Any, NamedTuple

from lab.sim import media
from lab.sim.http import Json, require

TTL_SECONDS = {"5m": 300.0, "1h": 3600.0}
MAX_BREAKPOINTS = 4
LOOKBACK = 20  # positions a breakpoint looks at for an earlier entry, itself included
MINIMUM = 512  # tokens of the shortest cacheable prefix where none is published: the latest models'
NEW_TOKENIZER = 1.3  # tokens of Claude 4.7 and later for one of the models before, for the same text
_PIECE = re.compile(r"[A-Za-z]{1,6}|[0-9]{1,3}|\S")  # about 4 characters of English each
_TURN_TOKENS = 3


class Block(NamedTuple):
    """One position of a prompt. `data` is what the cache compares: all but the block's cache_control."""

    data: bytes
    tokens: int
    cache_control: Json | None
    cacheable: bool  # whether a breakpoint may stand here


def blocks(body: Json, factor: float = 1.0, hidden: int = 0, settings: str = "") -> list[Block]:
    """A valid request's blocks in the cache's order, the `hidden` tokens with the first.

    `factor`: the model's tokenizer against the older. `settings`: whatever else the messages' cache hangs on.
    """
    parts = [("tools", tool) for tool in body.get("tools") or ()]
    parts += [("system", block) for block in content_blocks(body.get("system") or ())]
    for message in body["messages"]:
        parts += [(message["role"], block) for block in content_blocks(message["content"])]
    found, section_before = [], ""
    for section, content in parts:
        plain = {key: value for key, value in content.items() if key != "cache_control"}
        kind, data = plain.get("type"), json.dumps(plain)
        size = len(_PIECE.findall(data)) if section == "tools" else _size(plain, data)
        size += _TURN_TOKENS if section != section_before else 0
        cacheable = kind not in ("thinking", "redacted_thinking") and plain.get("text") != ""
        if section not in ("tools", "system") and settings:
            data, settings = data + settings, ""
        size *= factor if media.tokens(plain) is None else 1
        key, tokens = f"{section}\0{data}".encode(), math.ceil(size) + hidden * (not found)
        found.append(Block(key, tokens, content.get("cache_control"), cacheable))
        section_before = section
    return found


def _size(block: Json, data: str) -> int:
    """The tokens of a block, in the older tokenizer's; `data` is its JSON."""
    if (seen := media.tokens(block)) is not None:
        return seen
    if block["type"] == "tool_result" and isinstance(block.get("content"), list):
        rest = json.dumps({**block, "content": ""})
        return len(_PIECE.findall(rest)) + sum(_size(one, json.dumps(one)) for one in block["content"])
    return len(_PIECE.findall(block["text"] if block["type"] == "text" else data))


def content_blocks(content: Any) -> list[Any]:
    """Content in its long form: a bare string is one text block."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def text_of(content: Any) -> str:
    """The text in content."""
    return "\n".join(block["text"] for block in content_blocks(content) if block["type"] == "text")


class Plan(NamedTuple):
    """What one request reads and writes. All counts are tokens and add up to the whole prompt."""

    input: int
    read: int = 0
    write_5m: int = 0
    write_1h: int = 0
    started: float = 0.0
    entries: Mapping[bytes, str] = {}  # key -> ttl of what becomes readable when the response begins

    @property
    def counted(self) -> int:
        """Tokens that count toward a rate limit: reads are free."""
        return self.input + self.write_5m + self.write_1h

    def usage(self) -> dict[str, Any]:
        """The input side of the API's usage object."""
        split = {"ephemeral_5m_input_tokens": self.write_5m, "ephemeral_1h_input_tokens": self.write_1h}
        written = {"cache_creation_input_tokens": self.write_5m + self.write_1h, "cache_creation": split}
        return {"input_tokens": self.input, **written, "cache_read_input_tokens": self.read}


def breakpoints(blocks: Sequence[Block], automatic: Json | None) -> dict[int, str]:
    """Position -> ttl of the breakpoints in order, the request's own `cache_control` too. Raises Problem."""
    points = {}
    for at, block in enumerate(blocks):
        if block.cache_control:
            require(block.cacheable, "cache_control cannot be set on empty text or thinking blocks.")
            points[at] = _ttl(block.cache_control)
    eligible = [at for at, block in enumerate(blocks) if block.cacheable]
    if automatic and eligible:
        ttl = _ttl(automatic)
        same = points.setdefault(eligible[-1], ttl) == ttl
        require(same, "cache_control: the last block already has a breakpoint with another ttl.")
    few, ttls = len(points) <= MAX_BREAKPOINTS, list(points.values())
    require(few, f"At most {MAX_BREAKPOINTS} blocks may have cache_control, not {len(points)}.")
    ordered = ttls == sorted(ttls)  # "1h" sorts before "5m"
    require(ordered, "cache_control: a ttl='1h' block must not come after a ttl='5m' block.")
    return points


def _ttl(cache_control: Any) -> str:
    ephemeral = isinstance(cache_control, Mapping) and cache_control.get("type") == "ephemeral"
    require(ephemeral, "cache_control.type must be 'ephemeral'.")
    ttl = cache_control.get("ttl") or "5m"
    require(ttl in list(TTL_SECONDS), f"cache_control.ttl must be one of {', '.join(TTL_SECONDS)}.")
    return ttl


class Cache:
    """Entries of all scopes: the hash of a scope and a prefix -> its ttl and the second it ends."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: dict[bytes, tuple[str, float]] = {}

    def plan(self, scope: object, blocks: Sequence[Block], points: Mapping[int, str], minimum: int) -> Plan:
        """Reads for a request that starts now. `scope` is whatever isolates: workspace, model, speed."""
        now, first = self._clock(), sha256(repr(scope).encode()).digest()
        # The size and the key of each prefix, by its length in blocks.
        sizes = list(accumulate((block.tokens for block in blocks), initial=0))
        keys = list(accumulate(blocks, lambda key, one: sha256(key + one.data).digest(), initial=first))
        ends = {at + 1: ttl for at, ttl in points.items() if sizes[at + 1] >= minimum}
        hit = max((self._hit(keys, end, now) for end in ends), default=0)
        written = {end: ttl for end, ttl in ends.items() if end > hit}
        last = {ttl: sizes[end] for end, ttl in written.items()}
        hour = last.get("1h", sizes[hit])
        end = last.get("5m", hour)
        entries = {keys[end]: ttl for end, ttl in written.items()}
        return Plan(sizes[-1] - end, sizes[hit], end - hour, hour - sizes[hit], now, entries)

    def begin(self, plan: Plan) -> None:
        """The response begins: what the request wrote can be read from now on."""
        for key, ttl in plan.entries.items():
            end = self._entries.get(key, (ttl, 0.0))[1]
            self._entries[key] = (ttl, max(end, plan.started + TTL_SECONDS[ttl]))

    def _hit(self, keys: Sequence[bytes], breakpoint: int, now: float) -> int:
        """The length of the longest readable prefix up to a breakpoint's, refreshed; 0 for none."""
        for length in range(breakpoint, max(0, breakpoint - LOOKBACK), -1):
            ttl, end = self._entries.get(keys[length], ("", 0.0))
            if end > now:
                self._entries[keys[length]] = (ttl, now + TTL_SECONDS[ttl])
                return length
        return 0
