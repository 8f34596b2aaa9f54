"""Where models are asked: the Claude API, a server that speaks the same, Amazon Bedrock, Google Vertex AI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from lab.errors import BadInput
from lab.fields import filled, one_of

CLAUDE_API = "https://api.anthropic.com"
Source = Literal["api", "simulated", "replay"]
"""`replay`: no place, but recordings."""
Kind = Literal["anthropic", "bedrock", "vertex"]
CLOUDS: Mapping[str, str] = {"bedrock": "Amazon Bedrock", "vertex": "Google Vertex AI"}
"""Kinds that the tests cannot try for want of an account: whoever uses one is told."""

_READERS = {"Source": one_of("api", "simulated"), "Kind": one_of("anthropic", *CLOUDS)}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where models are asked. The key is read from the environment variable named `api_key_env`.

    kind: `anthropic` speaks the Messages API at `base_url`; `bedrock` and `vertex` are in a `region`, and
    without `api_key_env` use the machine's own credentials there. sampling: whether it takes `temperature`,
    `top_p` and `top_k`, which the Claude API no longer does.
    """

    name: str
    base_url: str = ""
    api_key_env: str | None = None
    source: Source = "api"
    kind: Kind = "anthropic"
    sampling: bool = False
    region: str | None = None
    project: str | None = None

    @property
    def title(self) -> str:
        """What kind of endpoint it is, for people."""
        if self.kind in CLOUDS:
            return f"{CLOUDS[self.kind]}, untested"
        if self.source == "simulated":
            return "simulated"
        return "the Claude API" if self.base_url in ("", CLAUDE_API) else "Anthropic-compatible"


def endpoints(tables: Mapping[str, Any]) -> Mapping[str, Endpoint]:
    """The endpoints of lab.toml's `[endpoints.NAME]` tables. Raises BadInput, never repeating a secret."""
    found = {}
    for name, table in tables.items():
        where = f'lab.toml, [endpoints."{name}"]'
        endpoint = filled(Endpoint(name), table, where, _READERS)
        if fault := _place_fault(endpoint):
            raise BadInput(f"{where}: {fault}.")
        base_url = endpoint.base_url or _cloud_url(endpoint)
        if fault := _url_fault(base_url):
            raise BadInput(f"{where}: base_url {fault}.")
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", endpoint.api_key_env or "_"):
            raise BadInput(f"{where}: api_key_env must name the environment variable that holds the key.")
        found[name] = replace(endpoint, base_url=base_url.rstrip("/"))
    return found


def _place_fault(endpoint: Endpoint) -> str | None:
    """What is wrong with its region and project, which become part of an address."""
    needed = {"bedrock": ("region",), "vertex": ("region", "project")}.get(endpoint.kind, ())
    for field in ("region", "project"):
        value = getattr(endpoint, field)
        if value is None and field in needed:
            return f'kind = "{endpoint.kind}" needs a {field}'
        if value is not None and field not in needed:
            return f'kind = "{endpoint.kind}" has no {field}'
        if value is not None and not re.fullmatch(_PLACES[field][0], value):
            return f"{field} must be a name such as {_PLACES[field][1]}"
    return None


_PLACES = {"region": ("[a-z][a-z0-9-]*", "us-east-1"), "project": ("[a-z][a-z0-9.:-]*", "my-project-12345")}


def _cloud_url(endpoint: Endpoint) -> str:
    """Where a cloud listens in a region; "" for what is none. Not left to the SDK: its own environment
    variables could send a key elsewhere."""
    if endpoint.kind == "bedrock":
        return f"https://bedrock-runtime.{endpoint.region}.amazonaws.com"
    if endpoint.kind == "vertex":
        multiple = {"us": "aiplatform.us.rep", "eu": "aiplatform.eu.rep", "global": "aiplatform"}
        host = multiple.get(endpoint.region or "", f"{endpoint.region}-aiplatform")
        return f"https://{host}.googleapis.com"
    return ""


def _url_fault(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is not a URL"
    if "@" in url:
        return "must not hold a user name or password; name the key's variable in api_key_env"
    if not host or re.search(r"[\s\\?#]", url):
        return "must be a URL such as https://api.example.com, without ? or #"
    here = re.fullmatch(r"localhost|127(\.[0-9]{1,3}){3}|::1", host)
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        return "must start with https:// (http:// is for this machine only)"
    if re.search(r"/v1(/messages)?/*$", parts.path):
        return "must not end in /v1: /v1/messages is added to it"
    return None
