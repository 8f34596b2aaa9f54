"""What a question would send, counted and not sent."""

from __future__ import annotations

from dataclasses import replace

from lab.cli._call import announce
from lab.cli._opened import lab as opened
from lab.cli._opened import principal, settings
from lab.cli._out import say
from lab.cli._signals import run
from lab.engine import Asked, Forecast, Lab, ask, forecast
from lab.providers import Providers
from lab.store import latest_conversation
from lab.types import Request


def count(asked: Asked, latest: bool) -> None:
    """Say how many tokens it has and what it may cost. Raises LabError."""
    chosen = settings()
    with opened(chosen) as lab:
        who = principal(chosen)
        if latest:
            asked = replace(asked, conversation=latest_conversation(lab.store.read, who))
        request = ask(lab, who, asked)
        announce(lab, request)
        say(str(run(_counted(lab, Providers(chosen), request))))


async def _counted(lab: Lab, providers: Providers, request: Request) -> Forecast:
    try:
        return await forecast(lab, providers.of(lab.endpoint(request.model)).count, request)
    finally:
        await providers.close()
