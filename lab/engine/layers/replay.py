"""A recorded answer ends the trip here; and what is answered is recorded, where that is asked for."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from lab.engine.lab import Lab
from lab.engine.tape import Spot, Tape, played
from lab.errors import LabError
from lab.types import Caller, Done, Event, Request


def replay(call: Caller, lab: Lab) -> Caller:
    """Replays the calls to models that are asked nowhere else; records those of runs that want it. All other
    calls pass through."""

    def replayed(request: Request) -> AsyncGenerator[Event, None]:
        tape = lab.tapes.get(request.origin.run or "")
        if lab.endpoint(request.model).source == "replay":
            return _replayed(tape, request)
        return _recorded(tape, call, request) if tape and tape.recording else call(request)

    return replayed


async def _replayed(tape: Tape | None, request: Request) -> AsyncGenerator[Event, None]:
    """Never goes further in. Raises CallError for what was not recorded."""
    if tape is None:
        raise LabError(f"There are no recordings to replay an answer of {request.model} from.")
    for event in played(request, tape.find(request)):
        yield event


async def _recorded(tape: Tape, call: Caller, request: Request) -> AsyncGenerator[Event, None]:
    """Makes the call, unless this run has asked the very same for another case: who replays it later will
    find one answer to both."""
    spot = Spot.of(request)
    async with tape.turn(spot):
        if found := tape.met(request, spot):
            for event in played(request, found):
                yield event
            return
        async with aclosing(call(request)) as events:
            async for event in events:
                yield Done(tape.keep(request, spot, event.reply)) if type(event) is Done else event
