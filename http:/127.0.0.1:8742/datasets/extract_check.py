"""Graders of extract-check: what no line of YAML can say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def needs(text: str, columns: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether the list in the answer holds just the needs of the case, in whatever order."""
    found = json.loads(text)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        return False, "is not a list of words"
    missing, extra = set(columns["needs"]) - set(found), set(found) - set(columns["needs"])
    if missing or extra:
        parts = [("lacks", missing), ("should not hold", extra)]
        return False, " and ".join(f"{what} {', '.join(sorted(which))}" for what, which in parts if which)
    return True, "holds just what was asked for"
