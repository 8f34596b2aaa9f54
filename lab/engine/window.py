"""How much of a conversation goes along when it has outgrown the model's context window."""

from __future__ import annotations

import json
from collections.abc import Sequence

from lab import media
from lab.types import Message

BYTES_A_TOKEN = 3
"""A cautious estimate: English has about 4 bytes a token, most other languages more tokens than that."""


def windowed(history: Sequence[Message], question: Message, room: int | None) -> Sequence[Message]:
    """The newest turns of a history that fit before the question, in `room` tokens (None: no limit is known).

    When it overflows it drops to half of the room in one step, so that the prefix that the API has cached
    stays the same until the next time. An exchange goes whole: a question with its answer and thinking, a
    tool's call with its result.
    """
    if room is None:
        return history
    exchanges = _exchanges([*history, question])
    sizes = [[tokens(message["content"]) for message in exchange] for exchange in exchanges]
    first = total = 0
    for position, exchange in enumerate(exchanges):
        for message, size in zip(exchange, sizes[position], strict=True):
            total += size
            if message["role"] != "user" or total <= room:  # an answer is not known yet when it is asked for
                continue
            while first < position and total > room // 2:
                total -= sum(sizes[first])
                first += 1
    kept = [message for exchange in exchanges[first:] for message in exchange]
    return kept[:-1]


def halved(messages: Sequence[Message]) -> Sequence[Message]:
    """The messages without the older half of the exchanges before the last one."""
    exchanges = _exchanges(messages)
    return [message for exchange in exchanges[len(exchanges) // 2 :] for message in exchange]


def tokens(value: object) -> int:
    """How many tokens something of a request may be, estimated from its size as JSON; its pictures and files
    from what they hold."""
    text = json.dumps(value, ensure_ascii=False, default=list)
    files = [block for block in media.found(value) if media.encoded(block)]
    words = len(text.encode("utf-8", "surrogatepass")) - sum(len(media.encoded(block)) for block in files)
    return -(-words // BYTES_A_TOKEN) + sum(map(media.tokens, files))


def _exchanges(messages: Sequence[Message]) -> list[list[Message]]:
    found: list[list[Message]] = []
    for message in messages:
        if not found or (message["role"] == "user" and not _is_tool_result(message)):
            found.append([])
        found[-1].append(message)
    return found


def _is_tool_result(message: Message) -> bool:
    content = message["content"]
    return not isinstance(content, str) and any(block.get("type") == "tool_result" for block in content)
