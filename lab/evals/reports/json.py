"""The run as JSON, whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

SUFFIX = ".json"


def text(run: Mapping[str, Any]) -> str:
    """What `lab.store.run` gives, as it is."""
    return json.dumps(run, indent=2, ensure_ascii=False) + "\n"
