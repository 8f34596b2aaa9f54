"""What the simulator was asked, in figures."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from lab.sim.http import Json
from lab.sim.message import PROMPT


def _tokens() -> SimpleNamespace:
    return SimpleNamespace(**dict.fromkeys((*PROMPT, "output_tokens"), 0))


@dataclass
class Stats:
    """Counts of `POST /v1/messages`, always exact. A client that leaves before it has all disconnects."""

    requests: int = 0
    completed: int = 0
    disconnects: int = 0
    open: int = 0
    count_tokens: int = 0
    # Tokens up to where each answer is; those of batches, at half the price, once they end.
    billed: SimpleNamespace = field(default_factory=_tokens)
    batched: SimpleNamespace = field(default_factory=_tokens)

    @property
    def errors(self) -> int:
        """Requests that were refused, or broken off by a directive."""
        return self.requests - self.completed - self.disconnects - self.open

    def json(self) -> dict[str, Any]:
        """Everything as plain values."""
        tokens = {"billed": vars(self.billed), "batched": vars(self.batched)}
        return {**vars(self), **tokens, "errors": self.errors}

    @contextmanager
    def call(self) -> Iterator[None]:
        """Counts a request while it is answered. Whoever answers it in full counts it as completed."""
        self.requests += 1
        self.open += 1
        try:
            yield
        except asyncio.CancelledError:
            self.disconnects += 1
            raise
        finally:
            self.open -= 1


def prompt_billed(tokens: SimpleNamespace, message: Json) -> None:
    """Adds a message's prompt; a refusal before any output is free."""
    if message["content"] or message["stop_reason"] != "refusal":
        for name in PROMPT:
            vars(tokens)[name] += message["usage"][name]
