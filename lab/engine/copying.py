"""A logged call as a command or a program that sends the same request to the API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

URL = "https://api.anthropic.com"
VERSION = "2023-06-01"
"""Of the API, as its documentation says."""

_PYTHON = """\
import json
import os
import urllib.request

body = json.loads({body})
request = urllib.request.Request(
    os.environ.get("ANTHROPIC_BASE_URL", "{url}") + "/v1/messages",
    json.dumps(body).encode(),
    {{
        "x-api-key": os.environ["ANTHROPIC_API_KEY"],
        "anthropic-version": "{version}",
        "content-type": "application/json",
    }},
)
with urllib.request.urlopen(request) as response:
    print(response.read().decode())
"""


def as_curl(request: Mapping[str, Any]) -> str:
    """A shell command; the key is read from ANTHROPIC_API_KEY when it runs. The body is one line of ASCII,
    which a shell reads as it stands."""
    return (
        f'curl "${{ANTHROPIC_BASE_URL:-{URL}}}/v1/messages" \\\n'
        '  -H "x-api-key: $ANTHROPIC_API_KEY" \\\n'
        f'  -H "anthropic-version: {VERSION}" \\\n'
        '  -H "content-type: application/json" \\\n'
        f"  --data-binary @- <<'BODY'\n{json.dumps(request)}\nBODY\n"
    )


def as_python(request: Mapping[str, Any]) -> str:
    """A program that needs nothing but Python; the key is read from ANTHROPIC_API_KEY when it runs."""
    return _PYTHON.format(body=repr(json.dumps(request)), url=URL, version=VERSION)
