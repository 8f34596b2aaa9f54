"""The one fold from events to an answer, for the log, the pages and the runner alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.errors import CallError
from lab.refusal import in_words
from lab.types import OPEN_STATES, Done, Event, Json, Note, Reply, Retract, Started, State, Text, Thinking


class Answer:
    """What has come of a call so far.

    `reply` is set once the model has finished; `error` where it did not. `json` is what an answer that
    follows a schema says so far.
    """

    def __init__(self) -> None:
        self.state: State = "started"
        self.started: Started | None = None
        self.reply: Reply | None = None
        self.error: BaseException | None = None
        self.note: Note | None = None
        self.json: Any = None
        self.characters = 0
        self._blocks: list[tuple[str, list[str]]] = []  # grows by whole entries: other threads read it

    def add(self, event: Event) -> None:
        """Take in the next event of the stream."""
        kind = type(event)
        if kind is Text or kind is Thinking:
            name = "text" if kind is Text else "thinking"
            if not self._blocks or self._blocks[-1][0] != name:
                self._blocks.append((name, []))
            self._blocks[-1][1].append(event.text)
            self.characters += len(event.text)
        elif kind is Started:
            self.started, self.state = event, "streaming"
        elif kind is Json:
            self.json = event.snapshot
        elif kind is Note:
            self.note = event
        elif kind is Retract:
            self._blocks, self.started, self.json = [], None, None
        elif kind is Done:
            self.reply = event.reply
            self.state = "refused" if event.reply.stop_reason == "refusal" else "ok"

    def fail(self, error: BaseException) -> None:
        """Take in how the stream ended without Done. An answer that is complete stays so."""
        if self.state in OPEN_STATES:
            self.error = error
            if isinstance(error, CallError):
                self.state = error.state
            else:  # cancelling is no Exception, only a BaseException
                self.state = "failed" if isinstance(error, Exception) else "cancelled"

    @property
    def text(self) -> str:
        """The words so far, without thinking."""
        return self._said("text")

    @property
    def thinking(self) -> str:
        """The thinking so far, as far as the model shows it."""
        return self._said("thinking")

    @property
    def content(self) -> list[Mapping[str, Any]]:
        """Content blocks: the reply's own, or what had arrived of them when the stream ended."""
        if self.reply:
            return list(self.reply.content)
        blocks = ((kind, "".join(parts)) for kind, parts in self._blocks)
        return [{"type": kind, kind: words} for kind, words in blocks if words and kind == "text"]

    @property
    def refused_in_words(self) -> bool:
        """Whether the answer is whole, but may be a refusal."""
        if self.reply is None or self.reply.stop_reason not in ("end_turn", "stop_sequence"):
            return False
        said = (block["text"] for block in self.reply.content if block.get("type") == "text")
        return in_words("".join(said))

    def _said(self, wanted: str) -> str:
        return "".join("".join(parts) for kind, parts in self._blocks if kind == wanted)
