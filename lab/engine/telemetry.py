"""A call's span and metrics, for whoever listens through OpenTelemetry.

Nothing here raises: a call is worth more than its telemetry. And nothing is imported for nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Mapping, Sequence
from functools import cache, wraps
from typing import Any

from lab import __version__
from lab.engine import conventions, transcript
from lab.engine.conventions import METRICS, Metric
from lab.engine.layers.trace import provider_of
from lab.engine.summary import Summary
from lab.models import Endpoint
from lab.types import Request

Block = Mapping[str, Any]
Said = tuple[Request | None, Sequence[Block]]
"""The request as it was sent, and the blocks of what came back."""

SCOPE = "prompt-lab"
_LOG = logging.getLogger("lab")


def harmless(tell: Callable[..., None]) -> Callable[..., None]:
    """A decorator: whatever goes wrong in there, the call does not notice."""

    @wraps(tell)
    def told(*arguments: Any) -> None:
        try:
            tell(*arguments)
        except Exception as error:
            _LOG.debug(f"Telemetry of a call failed: {type(error).__name__}")

    return told


class Span:
    """A call's span; where nobody listens, nothing. As a context it is the current one: enter and leave it in
    one piece of code that yields nothing meanwhile.
    """

    def __init__(self, request: Request, endpoint: Endpoint | None) -> None:
        self._span: Any = None
        self._token: Any = None
        self._begin(request, endpoint)

    @harmless
    def _begin(self, request: Request, endpoint: Endpoint | None) -> None:
        if provider := provider_of("trace"):
            from opentelemetry.trace import SpanKind

            tracer, name = provider.get_tracer(SCOPE, __version__), f"chat {request.model}"
            attributes = conventions.asked(request, endpoint)
            self._span = tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)

    @harmless
    def __enter__(self) -> None:
        if self._span is not None:
            from opentelemetry import context, trace

            self._token = context.attach(trace.set_span_in_context(self._span))

    @harmless
    def __exit__(self, *error: object) -> None:
        token, self._token = self._token, None
        if token is not None:
            from opentelemetry import context

            context.detach(token)

    def end(self, summary: Summary, said: Said | None) -> None:
        """Once. With the words of the call only if they are given."""
        if self._span is not None:
            self._describe(summary)
            if said:
                self._quote(*said, summary.stop_reason)
            self._finish()

    @harmless
    def _describe(self, summary: Summary) -> None:
        """The status is a bare one: an error's words may be the server's, and repeat the prompt."""
        from opentelemetry.trace import Status, StatusCode

        self._span.set_attributes(conventions.ended(summary))
        if summary.error_type:
            self._span.set_status(Status(StatusCode.ERROR))
        elif summary.state != "cancelled":
            self._span.set_status(Status(StatusCode.OK))

    @harmless
    def _quote(self, sent: Request | None, content: Sequence[Block], stop_reason: str | None) -> None:
        if sent:  # as it left the house; what did not is nobody's business
            self._span.set_attributes(transcript.asked(sent))
        self._span.set_attributes(transcript.answered(content, stop_reason))

    @harmless
    def _finish(self) -> None:
        self._span.end()


@harmless
def measure(summary: Summary, endpoint: Endpoint | None, models: Container[str]) -> None:
    """Add a call to the metrics, where somebody listens."""
    if provider := provider_of("metrics"):
        instruments = _instruments(provider)
        for metric, value, attributes in conventions.measured(summary, endpoint, models):
            instruments[metric](value, attributes)


@cache
def _instruments(provider: Any) -> Mapping[Metric, Callable[..., None]]:
    """How to add to each metric of a provider."""
    meter = provider.get_meter(SCOPE, __version__)
    made: dict[Metric, Callable[..., None]] = {}
    for metric in METRICS:
        about = {"name": metric.name, "unit": metric.unit, "description": metric.description}
        if metric.bounds:
            made[metric] = meter.create_histogram(
                **about, explicit_bucket_boundaries_advisory=metric.bounds
            ).record
        else:
            made[metric] = meter.create_counter(**about).add
    return made
