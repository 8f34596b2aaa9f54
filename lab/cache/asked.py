"""A logged call as the prompt cache sees it: when it was asked and answered, and each prefix of its
prompt."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from lab.cache import prefix
from lab.cache.prefix import Block
from lab.models import Model


class Scope(NamedTuple):
    """What keeps caches apart: nothing is read across any of these. The key and its workspace do too, and are
    not in the log. `process`: the lab that a simulated Claude was started by and for; else empty."""

    source: str
    endpoint: str
    model: str
    speed: str
    process: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `at`: when it was sent, `began`: when its answer began, in seconds since 1970; None:
    never, or not known. `read`, `written`, `prompt`: tokens, the last all that went in; None: not reported.

    `keys` are hashes of the prefixes by their number of blocks, `settings` what the messages hang on beside
    the text, `body` what was sent.
    """

    id: str
    at: float
    began: float | None
    scope: Scope
    model: Model
    body: Mapping[str, Any]
    blocks: tuple[Block, ...]
    settings: Mapping[str, Any]
    keys: tuple[bytes, ...]
    read: int | None = None
    written: int | None = None
    prompt: int | None = None
    conversation: str | None = None
    named: str | None = None
    message_id: str | None = None

    @property
    def points(self) -> dict[int, str]:
        """Its breakpoints: how many blocks each covers, and its time to live."""
        return prefix.points(self.blocks)

    @property
    def reported(self) -> bool:
        """Whether the endpoint said what was read and written."""
        return self.read is not None and self.written is not None

    def kept(self) -> dict[int, str]:
        """The breakpoints whose prefixes are long enough to be cached, as far as known: where anything was
        read or written the last one is, and where nothing was, none."""
        points = self.points
        if self.reported and not (self.read or self.written):
            return {}
        least, last = self.model.min_cache or 0, max(points, default=0)
        return {end: ttl for end, ttl in points.items() if end == last or self.tokens(end) >= least}

    def tokens(self, end: int) -> int:
        """The tokens of the first `end` blocks. Exact where the API counted them, else in proportion to their
        characters, or a token for every four."""
        sizes = list(accumulate((len(block.data) for block in self.blocks), initial=0))
        known = {0: 0, len(self.blocks): sizes[-1] // 4 if self.prompt is None else self.prompt}
        cached, last = (self.read or 0) + (self.written or 0), max(self.points, default=0)
        if cached and last:
            known[last] = cached
        if end in known:
            return known[end]
        low, high = next(pair for pair in pairwise(sorted(known)) if pair[0] < end < pair[1])
        share = (sizes[end] - sizes[low]) / max(1, sizes[high] - sizes[low])
        return known[low] + round(share * (known[high] - known[low]))


def asked(call: Mapping[str, Any], model: Model) -> Asked:
    """`call` is one that was sent, as `store.call` gives it. Raises KeyError without a request."""
    body, attempt = call["request"], (call["attempts"] or [{"started_at": call["started_at"]}])[-1]
    sent = datetime.fromisoformat(attempt["started_at"]).timestamp()
    begins = call["headers_ms"] if call["headers_ms"] is not None else call["first_token_ms"]
    counts = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    tokens = [call[name] for name in counts]
    if begins is None and tokens[0] is not None:
        begins = 0.0
    speed = call["speed"] or body.get("speed") or "standard"
    return of(
        body,
        model,
        Scope(call["source"], call["endpoint"], call["model"], speed, process(call)),
        id=call["id"],
        at=sent + (call["connect_ms"] or 0) / 1000,
        began=None if begins is None else sent + begins / 1000,
        read=tokens[2],
        written=tokens[1],
        prompt=None if tokens[0] is None else sum(count or 0 for count in tokens),
        conversation=call["conversation_id"],
        named=call["prompt"],
        message_id=call["message_id"],
    )


def process(call: Mapping[str, Any]) -> str:
    """The `process` of its scope."""
    return call["process"] if call["endpoint"] == "simulated" else ""


def of(body: Mapping[str, Any], model: Model, scope: Scope, **known: Any) -> Asked:
    """A request by its body."""
    blocks, settings = prefix.blocks(body), prefix.settings(body, model)
    return Asked(
        scope=scope,
        model=model,
        body=body,
        blocks=blocks,
        settings=settings,
        keys=_keys(scope, blocks, settings),
        **known,
    )


def _keys(scope: Scope, blocks: Sequence[Block], settings: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Each prefix by its number of blocks: equal where the cache takes one for the other."""
    keys, begins = [_hash(b"", repr(scope))], prefix.fixed(blocks)
    for at, block in enumerate(blocks):
        apart = json.dumps(settings, sort_keys=True) if at == begins else ""
        keys.append(_hash(keys[-1], f"{block.data}\0{apart}"))
    return tuple(keys)


def _hash(before: bytes, text: str) -> bytes:
    return blake2b(before + text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
