"""Whether a request asks for caching, and what it asks to be told of the cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lab.models import Endpoint
from lab.types import Message


def marked(options: Mapping[str, Any], *contents: str | Sequence[Mapping[str, Any]]) -> bool:
    """Whether a body with these options, and these system or message contents, has a cache breakpoint."""
    if options.get("cache_control"):
        return True
    blocks = [block for content in contents if not isinstance(content, str) for block in content]
    return any(block.get("cache_control") for block in [*blocks, *options.get("tools", ())])


def diagnosed(
    options: Mapping[str, Any],
    system: str | Sequence[Mapping[str, Any]],
    messages: Sequence[Message],
    endpoint: Endpoint,
    previous: str | None,
) -> dict[str, Any]:
    """The options of a conversation's turn, asking why the cache was missed where it is asked for caching.

    `previous` is the message id of the answer before, None at first. Only the Claude API knows the field
    (Anthropic's page on cache diagnostics), and the simulated one; what a prompt says itself stays.
    """
    known = endpoint.source == "simulated" or endpoint.title == "the Claude API"
    contents = (system, *(message["content"] for message in messages))
    if not known or "diagnostics" in options or not marked(options, *contents):
        return dict(options)
    return {**options, "diagnostics": {"previous_message_id": previous}}
