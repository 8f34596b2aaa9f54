"""The SDK's client for each kind of endpoint."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from lab.config import Settings
from lab.endpoints import CLOUDS, Endpoint
from lab.errors import BadKey, LabError
from lab.providers import connections, keys

NEEDS = {
    "bedrock": {"boto3": "boto3", "botocore": "botocore"},
    "vertex": {"google.auth": "google-auth", "requests": "requests"},
}
"""What the SDK's client for a cloud imports when it is used: modules, and the packages they are in."""


def client(anthropic: Any, endpoint: Endpoint, settings: Settings) -> Any:
    """A client that sends each request once, to its endpoint alone. Raises LabError."""
    import httpx2

    connect, total = settings.connect_timeout, settings.total_timeout
    timeout = httpx2.Timeout(total, connect=connect, pool=connect)  # silence is the deadline layer's
    host = urlsplit(endpoint.base_url).hostname or ""
    here = host in ("localhost", "::1") or host.startswith("127.")
    options = {
        "max_retries": 0,  # the retry layer's: one row an attempt
        "timeout": timeout,
        "http_client": connections.http_client(
            anthropic,
            settings,
            timeout=timeout,
            trust_env=not here,  # a proxy cannot reach this machine's loopback
        ),
        "default_headers": dict.fromkeys(keys.foreign_headers(endpoint), anthropic.omit),
        "open_telemetry": _spans(),
    }
    if endpoint.kind == "bedrock":
        return _bedrock(anthropic, endpoint, options)
    if endpoint.kind == "vertex":
        return _vertex(anthropic, endpoint, options)
    return anthropic.AsyncAnthropic(base_url=endpoint.base_url or None, **keys.arguments(endpoint), **options)


def prepare(endpoint: Endpoint) -> None:
    """Import what a cloud's client needs. Raises LabError naming the extra that brings it."""
    from importlib import import_module

    if endpoint.kind == "vertex" and endpoint.api_key_env:
        return  # a token of one's own needs none of Google's
    for module, package in NEEDS.get(endpoint.kind, {}).items():
        try:
            import_module(module)
        except ImportError:
            raise LabError(
                f"{CLOUDS[endpoint.kind]} needs the package {package}, which is not installed. An extra of "
                f"Anthropic's SDK brings it: uv pip install 'anthropic[{endpoint.kind}]'."
            ) from None


def refused(endpoint: Endpoint, error: Exception) -> LabError | None:
    """What to say where a cloud's own packages found no credentials, or none that are good; their words
    stay unsaid, for they may hold a part of them."""
    if endpoint.kind not in CLOUDS:
        return None
    owner = type(error).__module__.partition(".")[0]
    if owner not in ("boto3", "botocore", "google", "requests") and type(error) is not RuntimeError:
        return None
    return BadKey(
        f"{CLOUDS[endpoint.kind]}: this machine's credentials cannot be used ({type(error).__name__}). Set "
        "them up as its own tools want it, or name the variable of a key in api_key_env."
    )


def _spans() -> dict[str, Any]:
    """The SDK's own spans, as its variables have them, but never with words: those are the trace layer's."""
    names = ("ANTHROPIC_OPEN_TELEMETRY", "ANTHROPIC_OPEN_TELEMETRY_PROPAGATION")
    made, passed_on = (os.environ.get(name, "").lower() != "false" for name in names)
    return {"traces": {"enabled": made, "content_mode": "metadata_only"}, "propagation": passed_on}


def _bedrock(anthropic: Any, endpoint: Endpoint, options: dict[str, Any]) -> Any:
    return anthropic.AsyncAnthropicBedrock(
        aws_region=endpoint.region, api_key=keys.own(endpoint), base_url=endpoint.base_url, **options
    )


def _vertex(anthropic: Any, endpoint: Endpoint, options: dict[str, Any]) -> Any:
    return anthropic.AsyncAnthropicVertex(
        region=endpoint.region,
        project_id=endpoint.project,
        access_token=keys.own(endpoint),
        base_url=f"{endpoint.base_url}/v1",
        **options,
    )
