"""The nouns that cross rooms."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from lab.policy import Policy
from lab.terms import Picodollars, Terms

Message = Mapping[str, Any]
"""One turn in the Messages API's own shape, `{"role": ..., "content": ...}`, kept as it came."""

State = Literal[
    "started", "streaming", "ok", "refused", "blocked",
    "failed", "stalled", "truncated", "cancelled", "unknown",
]  # fmt: skip
"""Where a call or an attempt stands. `unknown`: sent, outcome and billing not known."""

OPEN_STATES: tuple[State, ...] = ("started", "streaming")

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """A name for a call or a conversation: 13 characters, sorting by the millisecond it was made in."""
    number = time.time_ns() // 1_000_000 << 24 | secrets.randbits(24)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: decides whose objects may be read or written."""

    user: str
    role: Literal["viewer", "rater", "editor", "admin"] = "viewer"


@dataclass(frozen=True, slots=True)
class Origin:
    """Why a call was made, and for whom. `parent`: the call that it stands behind (None: the last; "": none);
    `own`: how many of its messages are its own turn (None: the question, if there is one)."""

    source: Literal["chat", "compare", "check", "judge", "load", "api"]
    user: str
    conversation: str | None = None
    prompt: str | None = None
    version: int | None = None
    run: str | None = None
    case: str | None = None
    variant: str | None = None
    repeat: int | None = None
    parent: str | None = None
    own: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model. `options` holds any further field of the API's body, as the API names it.

    `id` names the call: it is what the log, the ledger and the person call it. `policy` is for the lab.
    """

    id: str
    model: str
    messages: tuple[Message, ...]
    max_tokens: int
    origin: Origin
    system: str | tuple[Message, ...] = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    policy: Policy = Policy()

    def body(self) -> dict[str, Any]:
        """The JSON body of `POST /v1/messages`, without `stream`."""
        system = {"system": self.system} if self.system else {}
        messages = {"messages": list(self.messages), "max_tokens": self.max_tokens}
        return {"model": self.model, **system, **messages, **self.options}

    def key(self) -> str:
        """Equal for requests that ask the same: a hash of the body without metadata and diagnostics."""
        body = {k: v for k, v in self.body().items() if k not in ("metadata", "diagnostics")}
        return digest(json.dumps(body, sort_keys=True, ensure_ascii=False)).hex()


def digest(text: str) -> bytes:
    """16 bytes that stand for a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts under the API's own names. None: the endpoint did not say.

    The whole prompt is `input_tokens + cache_creation_input_tokens + cache_read_input_tokens`;
    `output_tokens` includes `thinking_tokens`. The two `ephemeral_*` counts split
    `cache_creation_input_tokens` by time to live.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None
    thinking_tokens: int | None = None
    web_search_requests: int | None = None
    service_tier: str | None = None
    speed: str | None = None
    inference_geo: str | None = None

    @property
    def prompt_tokens(self) -> int:
        """All tokens that went in, cached or not; what was not reported counts as none."""
        parts = (self.input_tokens, self.cache_creation_input_tokens, self.cache_read_input_tokens)
        return sum(part or 0 for part in parts)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call cost, in picodollars; `terms` only of what is known exactly.

    basis `usage`: `amount` follows from the reported usage; `estimate`: the end never came, so only `floor`
    and `upper` are known; None in them: a price is unknown. `none`: nothing was billed, `amount` is 0.
    """

    amount: Picodollars | None
    floor: Picodollars | None
    upper: Picodollars | None
    basis: Literal["usage", "estimate", "none"]
    terms: Terms | None = field(default=None, compare=False)


NOTHING_BILLED = Cost(0, 0, 0, "none", Terms(*[0] * 7))


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds from the moment the last attempt was sent; waits before that are not the model's. All None in a
    batch."""

    headers: float | None
    first_token: float | None
    total: float | None

    def tokens_per_second(self, output_tokens: int | None) -> float | None:
        """Output tokens over the time they streamed in; None where that cannot be told."""
        if not output_tokens or None in (self.first_token, self.total) or self.total <= self.first_token:
            return None
        return output_tokens / (self.total - self.first_token)


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer: the API's message, with what it cost and how long it took.

    source: `api`, `simulated`, `replay` or `batch`. `cost`: None until settled; a replay's: `recorded_cost`.
    `cache_miss`: the API's reason, if asked for. `before`: the rounds in which mocks answered its tools."""

    id: str
    request_id: str | None
    content: tuple[Mapping[str, Any], ...]
    model: str
    stop_reason: str
    stop_sequence: str | None
    stop_details: Mapping[str, Any] | None
    usage: Usage
    timing: Timing
    source: str
    cost: Cost | None = None
    cache_miss: Mapping[str, Any] | None = None
    recorded_cost: Picodollars | None = None
    before: tuple[Reply, ...] = ()


# Events are named tuples, not dataclasses: one is made for every delta, at a third of the cost.


class Sent(NamedTuple):
    """What is about to leave the house: routed and redacted. This, and only this, is stored."""

    request: Request


class Started(NamedTuple):
    """The model has begun: input is billed from here. `limits` are the rate-limit headers; `source` is what
    the answer turned out to come from (see Reply): a simulated server says so itself."""

    message_id: str
    request_id: str | None
    model: str
    usage: Usage
    limits: Mapping[str, str]
    source: str


class Connected(NamedTuple):
    """The connection an attempt was sent over, and the `seconds` until it was at hand: name, connecting and
    TLS, or a place in the pool; next to nothing where one was `reused`."""

    reused: bool
    seconds: float


class Text(NamedTuple):
    """A piece of the answer; empty as a mere sign of life, while a tool's arguments are written."""

    text: str


class Thinking(NamedTuple):
    """A piece of the model's thinking (empty unless the request asked to see it)."""

    text: str


class Json(NamedTuple):
    """What an answer that follows a schema says so far: its complete fields, and strings as they grow."""

    snapshot: Any


class Note(NamedTuple):
    """Something to tell the person while the call goes on, e.g. that it is being retried."""

    kind: str
    text: str


class Retract(NamedTuple):
    """What was shown so far is no part of the answer after all; another one follows."""

    reason: str


class Done(NamedTuple):
    """The end, once, last."""

    reply: Reply


Event = Sent | Connected | Started | Text | Thinking | Json | Note | Retract | Done
"""A stream is: Sent (again for each further attempt), Connected where that is known, Started, deltas and
notes, exactly one Done, last; or an exception. After a Retract it begins anew."""
Caller = Callable[[Request], AsyncGenerator[Event, None]]
