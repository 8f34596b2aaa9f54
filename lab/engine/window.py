"""How much of a conversation goes along when it has outgrown the model's context window."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from lab import media
from lab.errors import BadInput
from lab.types import Message

BYTES_A_TOKEN = 3
"""A cautious estimate: English has about 4 bytes a token, most other languages more tokens than that."""


def windowed(
    history: Sequence[Message], question: Message, room: int | None, pinned: Collection[int] = ()
) -> Sequence[Message]:
    """The newest turns of a history that fit before the question, in `room` tokens (None: no limit is known).

    When it overflows it drops to half of the room in one step, so that the prefix that the API has cached
    stays the same until the next time. An exchange goes whole: a question with its answer and thinking, a
    tool's call with its result. Those that the messages at the places `pinned` belong to stay, in front.
    Raises BadInput where they leave no room for the question.
    """
    if room is None:
        return history
    found = exchanges([*history, question])
    fixed, sizes = _holding(found, pinned), [_sizes(exchange) for exchange in found]
    if fixed and sum(sum(sizes[each]) for each in fixed) + sizes[-1][-1] > room:
        raise BadInput(
            "What is pinned leaves no room for the question. Take a pin away, or ask a shorter one."
        )
    first = total = held = 0
    for position, exchange in enumerate(found):
        for message, size in zip(exchange, sizes[position], strict=True):
            total += size
            if message["role"] != "user" or total <= room:  # an answer is not known yet when it is asked for
                continue
            while first < position and total > held + (room - held) // 2:
                total -= 0 if first in fixed else sum(sizes[first])
                first += 1
        held += sum(sizes[position]) if position in fixed else 0
    kept = [exchange for place, exchange in enumerate(found) if place >= first or place in fixed]
    return [message for exchange in kept for message in exchange][:-1]


def halved(messages: Sequence[Message], pinned: Collection[int] = ()) -> Sequence[Message]:
    """The messages without the older half of the exchanges before the last one, except those that hold the
    messages at the places `pinned`."""
    found = exchanges(messages)
    fixed = _holding(found, pinned)
    kept = [each for place, each in enumerate(found) if place >= len(found) // 2 or place in fixed]
    return [message for exchange in kept for message in exchange]


def tokens(value: object) -> int:
    """How many tokens something of a request may be, estimated from its size as JSON; its pictures and files
    from what they hold."""
    text = json.dumps(value, ensure_ascii=False, default=list)
    files = [block for block in media.found(value) if media.encoded(block)]
    words = len(text.encode("utf-8", "surrogatepass")) - sum(len(media.encoded(block)) for block in files)
    return -(-words // BYTES_A_TOKEN) + sum(map(media.tokens, files))


def exchanges(messages: Sequence[Message]) -> list[list[Message]]:
    """The messages by what belongs together: a question with all that follows from it."""
    found: list[list[Message]] = []
    for message in messages:
        if not found or (message["role"] == "user" and not _is_tool_result(message)):
            found.append([])
        found[-1].append(message)
    return found


def _holding(among: Sequence[Sequence[Message]], places: Collection[int]) -> set[int]:
    """Which of the exchanges hold the messages at these places."""
    owners = [number for number, exchange in enumerate(among) for _ in exchange]
    return {owners[place] for place in places}


def _sizes(exchange: Sequence[Message]) -> list[int]:
    return [tokens(message["content"]) for message in exchange]


def _is_tool_result(message: Message) -> bool:
    content = message["content"]
    return not isinstance(content, str) and any(block.get("type") == "tool_result" for block in content)
