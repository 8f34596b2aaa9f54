"""What a team wants to be told of: the table `[alerts]` of lab.toml, in which nothing has to stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from lab.errors import BadInput
from lab.fields import Reader, filled

LARGEST = 1_000_000_000
HERE = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|::1")


@dataclass(frozen=True, slots=True)
class Alerting:
    """Where an alert begins; 0: never. `webhook` is a URL or the variable that holds one."""

    first_token: float = field(
        default=1.0,
        metadata={"doc": "seconds; one call in twenty takes longer to its first token, or one in two"},
    )
    errors: float = field(
        default=1.0, metadata={"doc": "percent of the calls that end in an error: a warning"}
    )
    many_errors: float = field(default=5.0, metadata={"doc": "percent, from which on it is critical"})
    tokens: float = field(
        default=25.0,
        metadata={"doc": "percent by which a prompt's tokens per request are more than usual, or fewer"},
    )
    cache_fall: float = field(
        default=25.0, metadata={"doc": "percent of a prompt's usual cache hit rate that is lost"}
    )
    daily_cost: float = field(
        default=0.0, metadata={"doc": "dollars that real calls may cost a day, in all; 0: as much as they do"}
    )
    retiring: float = field(default=60.0, metadata={"doc": "days before a model that is in use is retired"})
    remind: float = field(
        default=24.0, metadata={"doc": "hours after which the webhook is told again of what is still open"}
    )
    webhook: str = field(
        default="",
        metadata={"doc": "where alerts are sent: a URL, or the name of the variable that holds it"},
    )


NAMES = tuple(each.name for each in fields(Alerting))


def alerting(table: Mapping[str, Any]) -> Alerting:
    """What stands in `[alerts]`. Raises BadInput, which never repeats a URL: it may hold a secret."""
    return filled(Alerting(), table, "lab.toml, [alerts]", _READERS)


def address(webhook: str, environ: Mapping[str, str]) -> str | None:
    """The URL that alerts are sent to, if any. Raises BadInput where a variable holds none."""
    if not webhook or "://" in webhook:
        return webhook or None
    url = environ.get(webhook, "")
    if fault := _fault(url):
        raise BadInput(f"The variable {webhook}, which webhook in [alerts] of lab.toml names, {fault}.")
    return url


def _number(value: Any, where: str) -> float:
    if type(value) not in (int, float) or not 0 <= value <= LARGEST:
        raise BadInput(f"{where}: {str(value)[:40]!r} is not a number from 0 to {LARGEST:,}.")
    return float(value)


def _webhook(value: Any, where: str) -> str:
    text = value if isinstance(value, str) else "?"
    if text and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) and (fault := _fault(text)):
        raise BadInput(f"{where}: it {fault}. Or name the variable that holds the URL.")
    return text


_READERS: Mapping[str, Reader] = {"float": _number, "str": _webhook}


def _fault(url: str) -> str | None:
    """What is wrong with a URL, which is not repeated."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is not a URL"
    if not host or "@" in parts.netloc or re.search(r"[\s\\]", url):
        return "must hold a URL such as https://hooks.example.com/T0/B0, without a user name"
    if parts.scheme != "https" and not (parts.scheme == "http" and HERE.fullmatch(host)):
        return "must begin with https:// (http:// is for this machine only)"
    return None
