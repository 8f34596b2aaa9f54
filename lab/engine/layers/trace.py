"""One span round everything, metrics, and a line in the journal: what a call was and how it ended."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Literal

from lab.engine.lab import Lab
from lab.types import Caller, Event, Request


def trace(call: Caller, lab: Lab) -> Caller:
    """Watches a call where somebody wants to know; where nobody does it is the call itself, at no cost."""
    exported = asked_for("traces", os.environ) or asked_for("metrics", os.environ)
    written = lab.settings.log != "off"

    def traced(request: Request) -> AsyncGenerator[Event, None]:
        if exported or written or provider_of("trace") or provider_of("metrics"):
            return _watched(call, lab, request, exported)
        return call(request)

    return traced


async def _watched(call: Caller, lab: Lab, request: Request, exported: bool) -> AsyncGenerator[Event, None]:
    if exported:
        from lab.engine import exporter

        if not exporter.started():
            await asyncio.to_thread(exporter.start)
    from lab.engine.witness import Witness

    witness = Witness(lab, request)
    try:
        async with aclosing(call(request)) as events:
            while not witness.begun:
                try:
                    with witness:  # the SDK's own span becomes a child; nothing is yielded in here
                        event = await anext(events)
                except StopAsyncIteration:
                    return
                witness.take(event)
                yield event
            async for event in events:
                witness.take(event)
                yield event
    except BaseException as error:
        witness.fail(error)
        raise
    finally:
        witness.end()


def asked_for(signal: Literal["traces", "metrics"], environ: Mapping[str, str]) -> bool:
    """Whether the environment wants this kind of telemetry sent to a collector."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if chosen := environ.get(f"OTEL_{signal.upper()}_EXPORTER"):
        return "otlp" in (name.strip() for name in chosen.split(","))
    variables = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")
    return any(map(environ.get, variables))


def provider_of(module: Literal["trace", "metrics"]) -> Any:
    """The process's provider of tracers or meters, if anybody has registered one: the lab itself, or a
    program that it is a part of."""
    getter = "get_tracer_provider" if module == "trace" else "get_meter_provider"
    try:
        found = getattr(sys.modules[f"opentelemetry.{module}"], getter)()
    except Exception:  # not imported, or one is named that is not installed
        return None
    return None if "Proxy" in type(found).__name__ else found
