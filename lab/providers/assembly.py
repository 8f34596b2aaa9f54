"""A message put together from the events of its stream."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

from lab.types import Event, Reply, Started, Text, Thinking, Timing, Usage

LIMITS = ("anthropic-ratelimit-", "anthropic-priority-", "anthropic-fast-", "retry-after")
CUT_SHORT = ("max_tokens", "model_context_window_exceeded", "refusal")
"""Stop reasons that may come in the middle of a tool's arguments."""
WORDS = ("service_tier", "speed", "inference_geo")
"""The fields of a usage that are no counts."""


class Assembly:
    """Takes the API's events in, gives the lab's events out, and the Reply at the end.

    `stream` is the SDK's open stream; `sent_at` is the time (perf_counter) at which its request left.
    Whatever else than the API's events it is given, it raises some Exception for.
    """

    def __init__(self, stream: Any, sent_at: float, source: str) -> None:
        headers = stream.response.headers
        self.request_id: str | None = headers.get("request-id")
        self.complete = False
        self._headers = headers
        self._source = "simulated" if headers.get("x-simulated") else source
        self._sent_at = sent_at
        self._headers_at = perf_counter()
        self._first_at: float | None = None
        self._message: Any = None
        self._end: Any = None
        self._usage = Usage()
        self._blocks: list[dict[str, Any]] = []
        self._pieces: list[defaultdict[str, list[str]]] = []

    @property
    def began(self) -> bool:
        return self._message is not None

    def take(self, raw: Mapping[str, Any]) -> Event | None:
        """The lab's event for the JSON of one of the API's, if it tells that the model lives."""
        kind = raw["type"]
        if kind == "content_block_delta":
            return self._delta(raw["delta"])
        if kind == "content_block_start":
            return self._block(dict(raw["content_block"]))
        if kind == "message_start":
            return self._start(raw["message"])
        if kind == "message_delta":
            if raw["delta"].get("stop_reason"):
                self._end = raw["delta"]
            self._usage = usage(raw.get("usage"), self._usage)
        elif kind == "message_stop":
            self.complete = self.began and self._end is not None
        return None

    def reply(self) -> Reply:
        """The answer, once complete. Raises ValueError for a tool's arguments that are not JSON."""
        message, end, ended = self._message, self._end, perf_counter()
        first = None if self._first_at is None else self._first_at - self._sent_at
        miss = (message.get("diagnostics") or {}).get("cache_miss_reason")
        return Reply(
            id=_word(message.get("id")) or "",
            request_id=self.request_id,
            content=tuple(map(self._whole, self._blocks, self._pieces)),
            model=_word(message.get("model")) or "",
            stop_reason=str(end["stop_reason"]),
            stop_sequence=_word(end.get("stop_sequence")),
            stop_details=end.get("stop_details"),
            usage=self._usage,
            timing=Timing(self._headers_at - self._sent_at, first, ended - self._sent_at),
            source=self._source,
            cache_miss=miss,
        )

    def _start(self, message: Any) -> Event:
        self._message = message
        reported = usage(message.get("usage"), self._usage)
        self._usage = replace(reported, output_tokens=None)  # a placeholder here: the count comes at the end
        limits = {name: value for name, value in self._headers.items() if name.startswith(LIMITS)}
        id, model = (_word(message.get(name)) or "" for name in ("id", "model"))
        return Started(id, self.request_id, model, self._usage, limits, self._source)

    def _block(self, block: dict[str, Any]) -> Event | None:
        """A block begins. The API sends text and thinking empty at first; others fill them at once."""
        self._blocks.append(block)
        self._pieces.append(defaultdict(list))
        kind = block["type"]
        if kind not in ("text", "thinking"):
            return Text("")
        return self._piece(kind, block[kind]) if block.get(kind) else None

    def _delta(self, delta: Any) -> Event:
        kind = delta["type"]
        if kind == "text_delta":
            return self._piece("text", delta["text"])
        if kind == "thinking_delta":
            return self._piece("thinking", delta["thinking"])
        if kind == "input_json_delta":
            return self._piece("input", delta["partial_json"])
        if kind == "signature_delta":
            self._blocks[-1]["signature"] = delta["signature"]
        elif kind == "citations_delta":
            citations = self._blocks[-1].get("citations") or []
            self._blocks[-1]["citations"] = [*citations, delta["citation"]]
        return Text("")

    def _piece(self, field: str, piece: str) -> Event:
        """One more piece of a field of the last block. What is not for reading shows as an empty text: the
        deadline must learn that the model lives.
        """
        if type(piece) is not str:
            raise TypeError(f"{field} is not text")
        self._pieces[-1][field].append(piece)
        if self._first_at is None and piece:
            self._first_at = perf_counter()
        if field == "thinking":
            return Thinking(piece)
        return Text(piece if field == "text" else "")

    def _whole(self, block: dict[str, Any], pieces: dict[str, list[str]]) -> dict[str, Any]:
        """A block with everything that came for it."""
        whole = block | {field: "".join(parts) for field, parts in pieces.items()}
        if "input" in pieces:
            whole["input"] = self._arguments(whole["input"])
        return whole

    def _arguments(self, text: str) -> Any:
        try:
            return json.loads(text or "{}")
        except ValueError:
            if self._end["stop_reason"] not in CUT_SHORT:
                raise
        from jiter import from_json

        return from_json(text.encode(), partial_mode=True)


def usage(reported: Any, before: Usage) -> Usage:
    """The counts so far, overwritten by those that an event reports (they are cumulative)."""
    reported = reported or {}
    split = reported.get("cache_creation")
    elsewhere = {
        "ephemeral_5m_input_tokens": split,
        "ephemeral_1h_input_tokens": split,
        "thinking_tokens": reported.get("output_tokens_details"),
        "web_search_requests": reported.get("server_tool_use"),
    }
    values = {}
    for name in Usage.__slots__:
        value = (elsewhere.get(name, reported) or {}).get(name)
        fits = isinstance(value, str) if name in WORDS else type(value) is int and value >= 0
        values[name] = value if fits else getattr(before, name)
    return Usage(**values)


def _word(value: Any) -> str | None:
    return None if value is None else str(value)
