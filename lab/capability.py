"""What a model takes: a request that the API would refuse gets its sentence before it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lab import media
from lab.endpoints import Endpoint
from lab.errors import BadInput
from lab.models import Model
from lab.types import Message

SAMPLING = ("temperature", "top_p", "top_k")
LARGEST = 32 * 2**20
"""Bytes of a whole request."""
FEW_FILES, MANY_FILES, SMALL = 100, 600, 200_000
"""Pictures and PDF pages in a request, at a context of up to so many tokens and above."""
CROWD, CROWDED = 20, 2000
"""With more pictures than that, each may have only so many pixels on a side."""
LEAST_BUDGET = 1024
"""Tokens; the smallest `thinking.budget_tokens`."""


def check(
    model: Model,
    max_tokens: int,
    options: Mapping[str, Any],
    messages: Sequence[Message] = (),
    endpoint: Endpoint | None = None,
) -> None:
    """Raise BadInput for what the API is known to refuse; what the catalogue does not say is permitted.

    Of Anthropic's pages on thinking, effort, tool use and the migration to 2026-10-21 (see models.yaml).
    `endpoint`: where the model is asked; without it only what holds for every one is looked at.
    """
    for fault in _faults(model, max_tokens, options, messages):
        raise BadInput(fault)
    if endpoint:
        check_endpoint(endpoint, options)


def check_endpoint(endpoint: Endpoint, options: Mapping[str, Any]) -> None:
    """Raise BadInput for sampling options, unless the endpoint says that it takes them, and for caching that
    Amazon Bedrock is known to refuse."""
    if endpoint.kind == "bedrock" and "cache_control" in options:
        raise BadInput(
            f"The endpoint '{endpoint.name}' takes no automatic caching (cache: auto); write cache: 5m."
        )
    named = ", ".join(name for name in SAMPLING if name in options)
    if named and not endpoint.sampling:
        raise BadInput(
            f"The endpoint '{endpoint.name}' is not known to take {named}; leave it out. "
            "One of lab.toml's endpoints that takes it says sampling = true."
        )


def _faults(
    model: Model, max_tokens: int, options: Mapping[str, Any], messages: Sequence[Message]
) -> Iterator[str]:
    if max_tokens < 1:
        yield f"max_tokens is {max_tokens}, but must be at least 1."
    if model.max_output is not None and max_tokens > model.max_output:
        yield f"max_tokens is {max_tokens:,}, but {model.id} writes at most {model.max_output:,}."
    effort = _part(options, "output_config").get("effort")
    if effort is not None and model.effort is not None and effort not in model.effort:
        choice = f"it takes {', '.join(model.effort)}" if model.effort else "leave output_config.effort out"
        yield f"{model.id} does not take effort '{effort}'; {choice}."
    yield from _thinking(model, max_tokens, _part(options, "thinking"), effort or model.effort_default)
    forced = _part(options, "tool_choice").get("type")
    if forced in ("any", "tool") and model.forced_tools is False:
        yield f"{model.id} cannot be made to use a tool; leave tool_choice '{forced}' out, or say auto."
    if model.prefill is False and messages and messages[-1]["role"] == "assistant":
        yield f"{model.id} does not go on with a begun answer; end with a turn of the user's."
    if model.system_turns is False and any(message["role"] == "system" for message in messages):
        yield f"{model.id} takes no system messages between the turns; put them into the system text."
    yield from _files(model, messages)
    if model.structured_output is False and "format" in _part(options, "output_config"):
        yield f"{model.id} cannot be held to a schema; leave output_config.format out."
    if model.inference_geo is False and options.get("inference_geo"):
        yield f"{model.id} cannot be told where to run; leave inference_geo out."
    if model.endpoint is None and (named := [name for name in SAMPLING if name in options]):
        yield f"The Claude API no longer takes {', '.join(named)}; leave it out."


def _files(model: Model, messages: Sequence[Message]) -> Iterator[str]:
    """Of Anthropic's pages on vision, PDF support, context windows and errors."""
    blocks = list(media.found([message["content"] for message in messages]))
    if not blocks:
        return
    images, others = ([b for b in blocks if b["type"] == kind] for kind in ("image", "document"))
    if model.image_input is False and images:
        yield f"{model.id} reads no pictures; leave them out, or ask another model (`lab models`)."
    if model.pdf_input is False and others:
        yield f"{model.id} reads no PDF files; leave them out, or ask another model (`lab models`)."
    size = sum(len(media.encoded(block)) for block in blocks)
    if size > LARGEST:
        yield f"The files have {size / 2**20:.1f} MB as base64; a request takes {LARGEST // 2**20} MB in all."
    count = len(images) + sum(media.pages(media.content(block)) or 1 for block in others)
    most = FEW_FILES if model.context is not None and model.context <= SMALL else MANY_FILES
    if count > most:
        yield f"There are {count:,} pictures and pages in this request; {model.id} takes {most}."
    heads = [media.content(block, media.HEAD) for block in images] if len(images) > CROWD else []
    if any(max(media.pixels(head) or (0,)) > CROWDED for head in heads):
        yield f"More than {CROWD} pictures may have at most {CROWDED:,} pixels on a side; make them smaller."


def _thinking(
    model: Model, max_tokens: int, thinking: Mapping[str, Any], effort: str | None
) -> Iterator[str]:
    kind = thinking.get("type")
    if kind is None:
        return
    if model.thinking is not None and kind not in model.thinking:
        choice = f"it takes {', '.join(model.thinking)}" if model.thinking else "leave it out"
        yield f"{model.id} does not take thinking '{kind}'; {choice}."
    if kind in ("disabled", "between_tools") and effort in model.thinking_required_at:
        yield f"{model.id} always thinks at effort {effort}; lower it, or leave thinking '{kind}' out."
    budget = thinking.get("budget_tokens")
    if kind == "enabled" and not (type(budget) is int and LEAST_BUDGET <= budget < max_tokens):
        yield (
            f"thinking 'enabled' needs budget_tokens from {LEAST_BUDGET:,} to below max_tokens "
            f"({max_tokens:,}), not {budget!r}."
        )


def _part(options: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = options.get(name)
    return part if isinstance(part, Mapping) else {}
