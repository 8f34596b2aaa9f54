"""A call that did not come to its end, sent once more because a person says so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lab import cost, figures, store
from lab.cost import dollars
from lab.engine.chat import again
from lab.engine.lab import Lab, today
from lab.errors import BadInput
from lab.types import Principal, Request, State, new_id

UNFINISHED: tuple[State, ...] = ("failed", "stalled", "truncated", "cancelled", "unknown")
"""States of a call that left something to be wished for, and is over."""


@dataclass(frozen=True)
class Resend:
    """A new call with the request of an old one, and what a person has to know before it is made."""

    request: Request
    price: str


def resend(lab: Lab, principal: Principal, call: str) -> Resend:
    """The call once more, to the letter, in its own conversation. The old one's cost stays as it is.

    Raises BadInput for a call that has its answer or is being made, and where nothing of it was kept.
    """
    logged = store.call(lab.store.read, principal, call)
    if logged["state"] not in UNFINISHED:
        known = ", ".join(UNFINISHED)
        raise BadInput(f"Call {call} is {logged['state']}: only what is {known} is sent again. Ask anew.")
    request = again(lab, principal, call)
    origin = replace(request.origin, conversation=request.origin.conversation or new_id())
    request = replace(request, origin=origin)
    worst = cost.worst_case(request, lab.model(request.model), today())
    most = "at an unknown price" if worst is None else f"of at most {dollars(worst)}"
    made_up = " (simulated)" if lab.endpoint(request.model).source == "simulated" else ""
    price = f"Call {call} stays charged with {figures.cost(logged)}."
    return Resend(request, f"{price} Sending it again is a new call {most}{made_up}.")
