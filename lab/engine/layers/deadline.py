"""How long a call may take: to its first token, between tokens, and in all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from lab.engine.lab import Lab
from lab.errors import CallError
from lab.models import Model
from lab.types import Caller, Event, Request, Started, Text, Thinking


def deadline(call: Caller, lab: Lab) -> Caller:
    """Ends a call that has fallen silent. Only content counts as life: pings do not."""

    async def bounded(request: Request) -> AsyncGenerator[Event, None]:
        watch = _Watch(request, lab)
        try:
            async with aclosing(call(request)) as events:
                while True:
                    try:
                        with watch:
                            event = await anext(events)
                    except StopAsyncIteration:
                        return
                    watch.take(event)
                    yield event
        finally:
            watch.close()

    return bounded


class _Watch:
    """One timer a call, set anew when it fires, not at every token: moving the deadline costs nothing.

    As a context it covers the wait for one event, and turns the cancelling it does itself into a CallError;
    somebody else's goes through. Between two waits its clock stands still: a slow reader is not the model's
    silence. Only the limit for the whole call includes the reader.
    """

    def __init__(self, request: Request, lab: Lab) -> None:
        settings = lab.settings
        thinks = may_think(lab.model(request.model), request)
        self._model = request.model
        names = ("thinking_timeout",) * 2 if thinks else ("first_token_timeout", "silence_timeout")
        self._setting, self._later_setting = names
        self._patience = settings.thinking_timeout if thinks else settings.first_token_timeout
        self._silence = settings.thinking_timeout if thinks else settings.silence_timeout
        self._total = settings.total_timeout
        self._began = self._expired = False
        self._waiting: asyncio.Task | None = None
        self._cancels = 0
        self._clock = asyncio.get_running_loop().time
        self._paused = self._clock()
        self._due = self._paused + self._patience
        self._last = self._paused + self._total
        self._timer: asyncio.TimerHandle | None = None

    def take(self, event: Event) -> None:
        kind = type(event)
        if kind is Text or kind is Thinking:
            if self._patience > self._silence:
                self.close()  # it is set for later than this
            self._patience, self._setting = self._silence, self._later_setting
            self._due = self._paused + self._silence
        elif kind is Started:
            self._began = True

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def __enter__(self) -> None:
        self._due += self._clock() - self._paused
        self._waiting = asyncio.current_task()
        self._cancels = self._waiting.cancelling()
        if self._timer is None:
            self._arm()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._paused = self._clock()
        task, self._waiting = self._waiting, None
        if self._expired and task.uncancel() <= self._cancels:
            raise self._error() from None

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_at(min(self._due, self._last), self._fire)

    def _fire(self) -> None:
        if self._waiting is None:
            self._timer = None
        elif self._clock() < min(self._due, self._last):
            self._arm()
        else:
            self._expired = True
            self._waiting.cancel()

    def _error(self) -> CallError:
        """What to say; its last word is the setting that allows it longer."""
        total = self._last <= self._due
        seconds, setting = (self._total, "total_timeout") if total else (self._patience, self._setting)
        kind = "total_timeout" if total else "timeout"
        if self._began:
            did = f"took longer than {seconds:g} s in all" if total else f"fell silent for {seconds:g} s"
            sentence = f"{self._model} {did}; what arrived is kept. Ask again, or allow more ({setting})."
            return CallError(sentence, status=200, type=kind, state="stalled")
        return CallError(
            f"{self._model} gave no answer within {seconds:g} s. It may have been billed; it is not sent "
            f"again by itself. Ask again if you want it anew, or allow more ({setting}).",
            type=kind,
        )


def may_think(model: Model, request: Request) -> bool:
    """Whether the model may think before it writes; where that is unknown, yes."""
    thinking = request.options.get("thinking")
    if thinking:
        return thinking.get("type") != "disabled"
    return model.thinking_default != "off"
