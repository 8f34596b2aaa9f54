"""What of a request or an answer must not be kept in a file that others read, and what of it says nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from lab.types import Request

REDACTED = "[secret]"
_SECRET = re.compile(
    r"""-----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)
    | \b(?:
        sk-(?=[a-zA-Z_-]*[0-9])[A-Za-z0-9_-]{16,}                   # Anthropic and its like
      | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}                 # Stripe
      | (?:AKIA|ASIA)[A-Z0-9]{16}                                   # AWS
      | gh[pousr]_[A-Za-z0-9]{30,} | github_pat_[A-Za-z0-9_]{30,} | glpat-[A-Za-z0-9_-]{20,}
      | xox[abeprs]-[A-Za-z0-9-]{10,}                               # Slack
      | AIza[A-Za-z0-9_-]{35} | ya29\.[A-Za-z0-9_-]{20,}            # Google
      | eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}   # a JSON web token
      )
    | (?<=\bBearer\ )[A-Za-z0-9._~+/-]{20,}=*""",
    re.VERBOSE | re.DOTALL,
)
"""Keys that can be told by how they look."""

BINARY = ("source", "data", "encrypted_content", "encrypted_index", "signature")
"""Fields of a content block that hold no words."""


@lru_cache(512)
def redacted(text: str) -> str:
    """A text without the keys in it."""
    return _SECRET.sub(REDACTED, text)


def without_secrets(value: Any) -> Any:
    """The same for all texts in a JSON value."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {name: part if name in BINARY else without_secrets(part) for name, part in value.items()}
    return [without_secrets(part) for part in value] if isinstance(value, (list, tuple)) else value


def likeness(request: Request) -> str:
    """The request's key, of what it says: the same when only secrets, the ids of tools' calls or the
    signatures of thinking differ, which are others in every answer. Mostly it is `Request.key()`."""
    ids: dict[str, str] = {}
    return replace(
        request,
        system=_said(request.system, ids),
        messages=tuple(_said(message, ids) for message in request.messages),
        options=_said(request.options, ids),
    ).key()


def _said(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, (list, tuple)):
        return [_said(part, ids) for part in value]
    if not isinstance(value, Mapping):
        return value
    kind, found = str(value.get("type", "")), {}
    for name, part in value.items():
        if name == "tool_use_id" or (name == "id" and kind.endswith("tool_use")):
            found[name] = ids.setdefault(str(part), f"call {len(ids) + 1}")
        elif name == "signature" or (name == "data" and kind == "redacted_thinking"):
            found[name] = ""
        else:
            found[name] = part if name in BINARY else _said(part, ids)
    return found
