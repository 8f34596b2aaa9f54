"""Who watches a call for telemetry and the journal."""

from __future__ import annotations

from lab.engine import telemetry
from lab.engine.journal import journal, line
from lab.engine.lab import Lab
from lab.engine.summary import Watch
from lab.errors import LabError
from lab.models import Endpoint
from lab.types import Event, Request


class Witness:
    """As a context it makes the call's span the current one, for code that yields nothing meanwhile."""

    def __init__(self, lab: Lab, request: Request) -> None:
        self._lab = lab
        self._endpoint = _endpoint(lab, request)
        self._watch = Watch(request, self._endpoint.source if self._endpoint else "api")
        self._span = telemetry.Span(request, self._endpoint)

    def __enter__(self) -> None:
        self._span.__enter__()

    def __exit__(self, *error: object) -> None:
        self._span.__exit__(*error)

    def take(self, event: Event) -> None:
        self._watch.take(event)

    def fail(self, error: BaseException) -> None:
        """It ended without Done."""
        self._watch.answer.fail(error)

    @property
    def begun(self) -> bool:
        """Whether the answer has."""
        return self._watch.answer.started is not None

    @telemetry.harmless
    def end(self) -> None:
        """Say how it ended to whoever wants to know. Once."""
        summary, settings = self._watch.summary(), self._lab.settings
        words = (self._watch.sent, self._watch.answer.content) if settings.telemetry_content == "on" else None
        self._span.end(summary, words)
        telemetry.measure(summary, self._endpoint, self._lab.models)
        if settings.log != "off":
            journal(settings.log).info(line(summary))


def _endpoint(lab: Lab, request: Request) -> Endpoint | None:
    """Where a call goes; who asks for a model that nobody knows is told so further in."""
    try:
        return lab.endpoint(request.model)
    except LabError:
        return None
