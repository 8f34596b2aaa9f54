"""What somebody has paused is not sent: by `lab pause`, or in the app."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

from lab import store
from lab.answer import Answer
from lab.engine.lab import Lab
from lab.errors import Paused, StoreError
from lab.types import Caller, Event, Request


def pause(call: Caller, lab: Lab) -> Caller:
    """Raises Paused for a call that begins while a pause holds it; those under way go on, and what is
    replayed asks nobody. Every process sees a pause at once: each call looks into the database."""

    def paused(request: Request) -> AsyncGenerator[Event, None]:
        error = _held(lab, request)
        return _raised(error) if error else call(request)

    return paused


def turn_away(lab: Lab, request: Request) -> None:
    """The same before a call is begun: raise Paused, which a row in the log tells of. It is no turn of its
    conversation, which need not be there yet."""
    if error := _held(lab, request):
        answer, endpoint = Answer(), lab.endpoint(request.model)
        answer.fail(error)
        alone = replace(request, origin=replace(request.origin, conversation=None))
        lab.store.post(store.call_opened(alone, lab.store.process, endpoint.name, endpoint.source))
        lab.store.post(store.call_ended(alone.id, answer, 0.0, None))
        raise error


def _held(lab: Lab, request: Request) -> Paused | None:
    if lab.endpoint(request.model).source == "replay":
        return None
    origin = request.origin
    try:
        found = store.pauses(lab.store.read)
    except StoreError as error:  # whether it is paused cannot be known, so it is not sent
        raise type(error)(f"{error} Nothing was sent.") from None
    for pause in found:
        if pause.holds(origin.prompt, origin.version):
            return Paused(f"{pause.sentence} Nothing was sent. To resume: {pause.end}")
    return None


async def _raised(error: Paused) -> AsyncGenerator[Event, None]:
    raise error
    yield
