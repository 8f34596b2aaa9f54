"""What telemetry says of a call, by OpenTelemetry's conventions for generative AI.

What these have no name for begins with `lab.`. docs/telemetry.md lists it all.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from lab.cost import DOLLAR
from lab.engine.summary import Summary
from lab.models import Endpoint
from lab.types import Request, Usage

Attributes = Mapping[str, Any]

OPERATION = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic"}
SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
TOKENS = tuple(4**power for power in range(14))
"""Upper bounds of the histograms' buckets, as the conventions have them."""


class Metric(NamedTuple):
    """A histogram with these upper bounds, or a counter where there are none."""

    name: str
    unit: str
    description: str
    bounds: tuple[float, ...] | None = None


DURATION = Metric("gen_ai.client.operation.duration", "s", "GenAI operation duration.", SECONDS)
USAGE = Metric("gen_ai.client.token.usage", "{token}", "Number of input and output tokens used.", TOKENS)
FIRST = Metric(
    "gen_ai.client.operation.time_to_first_chunk", "s", "Time to receive the first chunk.", SECONDS
)
COST = Metric("lab.client.cost", "{USD}", "What calls cost, as far as it is known.")
METRICS = (DURATION, USAGE, FIRST, COST)


def asked(request: Request, endpoint: Endpoint | None) -> Attributes:
    """What is known before the call: a sampler may decide by it."""
    origin = request.origin
    config = request.options.get("output_config") or {}
    formatted = "json" if config.get("format") else None
    return _known(
        {
            **OPERATION,
            **_place(endpoint),
            "gen_ai.request.model": request.model,
            "gen_ai.request.max_tokens": request.max_tokens,
            "gen_ai.request.stream": True,
            "gen_ai.request.reasoning.level": config.get("effort"),
            "gen_ai.output.type": formatted,
            "gen_ai.prompt.name": origin.prompt,
            "gen_ai.prompt.version": None if origin.version is None else str(origin.version),
            "gen_ai.conversation.id": origin.conversation,
            "lab.call.id": request.id,
            "lab.origin": origin.source,
            "lab.run.id": origin.run,
            "lab.case.id": origin.case,
        }
    )


def ended(summary: Summary) -> Attributes:
    """What is known when it has ended."""
    return _known(
        {
            "gen_ai.request.model": summary.request.model,
            "gen_ai.response.id": summary.message_id,
            "gen_ai.response.model": summary.answered_by,
            "gen_ai.response.finish_reasons": [summary.stop_reason] if summary.stop_reason else None,
            "gen_ai.response.time_to_first_chunk": summary.first_token,
            **_tokens(summary.usage),
            "error.type": summary.error_type,
            "http.response.status_code": summary.status,
            "anthropic.request.id": summary.request_id,
            "lab.state": summary.state,
            "lab.source": summary.source,
            "lab.attempts": summary.attempts,
            "lab.retries": max(summary.attempts - 1, 0),
            "lab.waited": summary.waited,
            "lab.cost.usd": _dollars(summary),
        }
    )


def measured(
    summary: Summary, endpoint: Endpoint | None, models: Container[str]
) -> list[tuple[Metric, float, Attributes]]:
    """What is counted, with attributes of few values each: no ids, no names that a server makes up."""
    answered = summary.answered_by
    named = answered if answered in models or answered == summary.request.model else None
    of = {
        **OPERATION,
        **_place(endpoint),
        "gen_ai.request.model": summary.request.model,
        "gen_ai.response.model": named,
        "lab.origin": summary.request.origin.source,
        "lab.source": summary.source,
    }
    outcome = {"error.type": summary.error_type, "lab.state": summary.state}
    usage, kind = _tokens(summary.usage), "gen_ai.token.type"
    lasted = None if summary.usage.service_tier == "batch" else summary.lasted  # of its collection
    found = [
        (DURATION, lasted, of | outcome),
        (FIRST, summary.first_token, of),
        (USAGE, usage["gen_ai.usage.input_tokens"], of | {kind: "input"}),
        (USAGE, usage["gen_ai.usage.output_tokens"], of | {kind: "output"}),
        (COST, _dollars(summary), of),
    ]
    return [(metric, value, _known(what)) for metric, value, what in found if value is not None]


def _tokens(usage: Usage) -> dict[str, int | None]:
    """Counts as the conventions mean them: all that went in is input, cached or not. The API's own
    `input_tokens` is only what was neither read from the cache nor written to it."""
    written = usage.cache_creation_input_tokens
    return {
        "gen_ai.usage.input_tokens": None if usage.input_tokens is None else usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cache_read_input_tokens,
        "gen_ai.usage.cache_creation.input_tokens": written,  # up to semantic conventions 1.42
        "gen_ai.usage.cache_write.input_tokens": written,  # since then
        "gen_ai.usage.reasoning.output_tokens": usage.thinking_tokens,
    }


def _dollars(summary: Summary) -> float | None:
    cost = summary.cost
    return None if cost is None or cost.amount is None else cost.amount / DOLLAR


def _place(endpoint: Endpoint | None) -> dict[str, Any]:
    where = urlsplit(endpoint.base_url if endpoint else "")
    if not where.hostname:
        return {}
    port = where.port or (80 if where.scheme == "http" else 443)
    return {"server.address": where.hostname, "server.port": port}


def _known(attributes: Attributes) -> Attributes:
    return {name: value for name, value in attributes.items() if value is not None}
