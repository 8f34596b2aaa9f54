"""Telemetry sent to a collector, as the OTEL_* variables of OpenTelemetry's own SDK ask for it."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import monotonic

from lab.engine.layers.trace import asked_for, provider_of
from lab.engine.telemetry import SCOPE

SIGNALS = ("traces", "metrics")
PACKAGES = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")
GOODBYE = 3.0
"""Seconds that the end of the process waits for what is still to be sent."""

_LOG = logging.getLogger("lab")
_starting, _done = threading.Lock(), threading.Event()


def fault(environ: Mapping[str, str]) -> str | None:
    """Why nothing can be sent although the environment asks for it, in a sentence."""
    from importlib.util import find_spec

    if not any(asked_for(signal, environ) for signal in SIGNALS):
        return None
    for kind in ("", "TRACES_", "METRICS_"):
        variable = f"OTEL_EXPORTER_OTLP_{kind}PROTOCOL"
        if environ.get(variable, "") not in ("", "http/protobuf"):
            return f"{variable} asks for {environ[variable][:20]}; telemetry is sent by http/protobuf only."
    try:
        missing = not all(map(find_spec, PACKAGES))
    except ImportError:
        missing = True
    if missing:
        return (
            "OTEL_* variables ask for telemetry, but its packages are not installed, so none is sent. "
            "`uv sync --extra telemetry` installs them."
        )
    return None


def started() -> bool:
    """Whether that has been done which `start` does."""
    return _done.is_set()


def start() -> None:
    """Send what the environment asks for, from now on to the end of the process; takes half a second, once.
    Where that cannot be it says why.
    """
    with _starting:
        if not started():
            _start()
            _done.set()


def _start() -> None:
    try:
        if sentence := fault(os.environ):
            _LOG.warning(sentence)
        else:
            _set_up(os.environ)
    except Exception as error:
        _LOG.warning(f"No telemetry is sent: OpenTelemetry cannot be set up ({type(error).__name__}).")


def _set_up(environ: Mapping[str, str]) -> None:
    from opentelemetry import metrics, trace
    from opentelemetry.sdk.resources import Resource

    logging.getLogger("opentelemetry.exporter").setLevel(logging.ERROR)  # it warns of every repetition
    named = "OTEL_SERVICE_NAME" in environ or "service.name=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    resource = Resource.create(None if named else {"service.name": SCOPE})
    made = []
    if asked_for("traces", environ) and provider_of("trace") is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
        tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        trace.set_tracer_provider(tracers)
        made.append(tracers.shutdown)
    if asked_for("metrics", environ) and provider_of("metrics") is None:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

        reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        meters = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
        metrics.set_meter_provider(meters)
        made.append(meters.shutdown)
    _at_exit(made)


def _at_exit(shutdowns: Sequence[Callable[[], object]]) -> None:
    """Send the rest when the process ends, but do not wait for a collector that is not there."""
    leaving = threading.Event()
    gone = [threading.Event() for _ in shutdowns]

    def close(shutdown: Callable[[], object], closed: threading.Event) -> None:
        leaving.wait()
        with suppress(Exception):
            shutdown()
        closed.set()

    def leave() -> None:
        leaving.set()
        due = monotonic() + GOODBYE
        if not all([closed.wait(max(0.0, due - monotonic())) for closed in gone]):
            _LOG.warning("The collector of telemetry does not answer; what was not sent yet is lost.")

    for work in zip(shutdowns, gone, strict=True):  # now: no thread begins while the interpreter ends
        threading.Thread(target=close, args=work, name="lab-telemetry", daemon=True).start()
    atexit.register(leave)
