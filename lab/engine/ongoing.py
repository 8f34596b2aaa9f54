"""A call that is being made, for whoever watches it."""

from __future__ import annotations

import asyncio
import threading
import time

from lab.answer import Answer
from lab.types import Caller, Principal, Request


class Live:
    """A call that is being made, for watchers in any thread.

    `error` is the sentence that says why it ended early; `began` is on the clock of `time.monotonic`.
    """

    def __init__(self, principal: Principal, request: Request) -> None:
        self.principal = principal
        self.request = request
        self.answer = Answer()
        self.began = time.monotonic()
        self.ended = False
        self.error: str | None = None
        self.visitors: set[str] = set()
        self.task: asyncio.Task | None = None
        self.grace: asyncio.TimerHandle | None = None
        self.through: Caller | None = None
        self._bells: list[threading.Event] = []
        self._version = 0
        self._changed = threading.Condition()

    @property
    def id(self) -> str:
        return self.request.id

    @property
    def conversation(self) -> str | None:
        return self.request.origin.conversation

    def wait(self, seen: int, seconds: float) -> int:
        """Come back when there is more than `seen` shows, or after so many seconds; gives what to wait on
        next."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != seen or self.ended, seconds)
            return self._version

    def ring(self, bell: threading.Event) -> None:
        """Set this whenever there is more: for one who watches several."""
        with self._changed:
            self._bells.append(bell)

    def hush(self, bell: threading.Event) -> None:
        """Leave that off."""
        with self._changed:
            self._bells.remove(bell)

    def stirred(self) -> None:
        """Tell the watchers that there is more."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()
            for bell in self._bells:
                bell.set()
