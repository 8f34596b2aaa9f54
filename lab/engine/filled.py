"""From a filled prompt to the request that is sent for it."""

from __future__ import annotations

from lab import capability
from lab.engine.carrying import checked
from lab.engine.lab import Lab
from lab.prompts import Filled
from lab.types import Origin, Request, new_id


def request(lab: Lab, filled: Filled, origin: Origin, model: str | None = None) -> Request:
    """The call that a prompt makes; `model` goes before the prompt's own, that before the lab's.

    Raises BadInput for what the API would refuse.
    """
    asked = lab.model(model or filled.model or lab.settings.model)
    endpoint = lab.endpoint(asked.id)
    capability.check(asked, filled.max_tokens, filled.options, filled.messages, endpoint)
    found = Request(
        id=new_id(),
        model=asked.id,
        messages=filled.messages,
        max_tokens=filled.max_tokens,
        origin=origin,
        system=filled.system,
        options=filled.options,
        policy=filled.policy,
    )
    return checked(lab, found)
