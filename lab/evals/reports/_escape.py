"""Any text as a part of HTML."""

from __future__ import annotations

import html
import re

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, those too that turn the direction of writing round, and half characters."""


def safe(text: object) -> str:
    """The text as text, between tags and in attributes; what no page should hold is a `\ufffd`."""
    return html.escape(_FORBIDDEN.sub("\ufffd", str(text)), quote=True)
