"""Messages that were sent, and their numbers in `message_ids`.

What is said is kept once: of a message only its content is a text, the one that the answer is which it gives
back, or that stands in the conversation. The number of what the assistant said is negative. A message that is
more than a role and a content is a text as a whole, as all were in an older lab.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lab.store.sqlite import Connection, as_json, text_id
from lab.types import Message

SIGNS = {"user": 1, "assistant": -1}
LAST = "texts.id = abs(message_ids ->> '$[#-1]')"
"""That a row of `texts` is of the last message of a row of `calls`."""
CONTENT = f"(SELECT iif(json_type(body) = 'object', body -> '$.content', body) FROM texts WHERE {LAST})"
"""The content of the last message, as JSON."""


def message_id(connection: Connection, message: Message) -> int:
    """The number of a message; what it says is in `texts` from now on."""
    sign = SIGNS.get(message.get("role", ""), 0)
    if [*message] == ["role", "content"] and sign:
        return sign * text_id(connection, as_json(message["content"]))
    return text_id(connection, as_json(message))


def message(number: int, body: Any) -> Message:
    """The message of a number, of which the text (JSON, read) is `body`."""
    if isinstance(body, dict):
        return body
    return {"role": "assistant" if number < 0 else "user", "content": body}


def messages(connection: Connection, numbers: Sequence[int]) -> list[Message]:
    """The messages of these numbers, in their order."""
    rows = connection.execute(
        "SELECT value, body FROM json_each(?) JOIN texts ON texts.id = abs(value) ORDER BY key",
        (json.dumps(numbers),),
    )
    return [message(row["value"], json.loads(row["body"])) for row in rows]
