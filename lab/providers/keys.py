"""Which key a call is made with. A key goes to its own endpoint only, and into no row, log or sentence."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from lab.endpoints import CLAUDE_API, Endpoint, endpoints
from lab.errors import BadInput, BadKey

HOW_TO_SET_A_KEY = "Set ANTHROPIC_API_KEY (in the environment or in a .env file) to talk to the real one."
PROFILE = "profile"
"""Stands for the SDK's own profiles and identity federation, where a key's variable stands otherwise."""


def credential(environ: Mapping[str, str]) -> str | None:
    """Where the Claude API's key comes from, in the SDK's own order: the name of a variable, `profile`,
    or None when there is no key. Raises BadKey for one that cannot be sent.
    """
    for variable in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        if environ.get(variable):
            checked(environ[variable], variable)
            return variable
    tokens = ("ANTHROPIC_IDENTITY_TOKEN", "ANTHROPIC_IDENTITY_TOKEN_FILE")
    federated = all(map(environ.get, ("ANTHROPIC_FEDERATION_RULE_ID", "ANTHROPIC_ORGANIZATION_ID")))
    folder = Path(environ.get("ANTHROPIC_CONFIG_DIR") or Path.home() / ".config" / "anthropic")
    profiles = (folder / "active_config", folder / "configs" / "default.json")
    if environ.get("ANTHROPIC_PROFILE") or (federated and any(map(environ.get, tokens))):
        return PROFILE
    return PROFILE if any(file.is_file() for file in profiles) else None


def home(environ: Mapping[str, str]) -> Endpoint:
    """Where models are asked that name no endpoint: the Claude API, or without a key the simulated one.

    A profile without ANTHROPIC_BASE_URL says itself where it is good. Raises BadKey and BadInput.
    """
    key = credential(environ)
    base_url = _checked_url(environ.get("ANTHROPIC_BASE_URL"))
    if key:
        return Endpoint("anthropic", base_url or ("" if key == PROFILE else CLAUDE_API), key)
    if base_url:
        raise BadKey(
            "ANTHROPIC_BASE_URL is set, but no key is. Set ANTHROPIC_API_KEY (any word, if the server wants "
            "none), or unset ANTHROPIC_BASE_URL to use the simulated Claude."
        )
    return Endpoint("simulated", source="simulated")


def arguments(endpoint: Endpoint) -> dict[str, str]:
    """The credential arguments of the SDK's client for an endpoint. Raises BadKey."""
    variable = endpoint.api_key_env
    if variable == PROFILE:
        return {}
    return {"auth_token" if variable == "ANTHROPIC_AUTH_TOKEN" else "api_key": own(endpoint) or "none"}


def own(endpoint: Endpoint) -> str | None:
    """The key that the endpoint names; None where it names none. Raises BadKey."""
    variable = endpoint.api_key_env
    return checked(os.environ.get(variable, ""), variable) if variable else None


def foreign_headers(endpoint: Endpoint) -> list[str]:
    """Headers of ANTHROPIC_CUSTOM_HEADERS, which the SDK adds by itself, that another's server must not see:
    they may hold a gateway's secret, and belong with the SDK's own key.
    """
    if endpoint.api_key_env == PROFILE or (endpoint.api_key_env or "").startswith("ANTHROPIC_"):
        return []
    lines = os.environ.get("ANTHROPIC_CUSTOM_HEADERS", "").split("\n")
    return [line.partition(":")[0].strip() for line in lines if ":" in line]


def checked(key: str, variable: str) -> str:
    """The key, if a header can carry it."""
    if not key:
        raise BadKey(f"{variable} is empty. Put the endpoint's key into it.")
    if any(not "!" <= character <= "~" for character in key):
        raise BadKey(
            f"{variable} holds a line break, a space or another character that no key has. "
            "Set it again, without what was copied along with it."
        )
    return key


def _checked_url(base_url: str | None) -> str | None:
    """ANTHROPIC_BASE_URL by the same rules as an endpoint's in lab.toml, but for http://, which the SDK takes
    from there too: a gateway in one's own network."""
    if not base_url:
        return None
    secured = f"https{base_url[4:]}" if base_url.lower().startswith("http://") else base_url
    try:
        endpoints({"home": {"base_url": secured}})
    except BadInput as error:
        raise BadInput(f"ANTHROPIC_BASE_URL{str(error).partition('base_url')[2]}") from None
    return base_url.rstrip("/")
