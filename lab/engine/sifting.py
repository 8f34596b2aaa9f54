"""What a person wants to see of the log, as text in an address or on the command line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints

from lab import prompts
from lab.cost import DOLLAR
from lab.errors import BadInput, nearest
from lab.figures import STOP_REASONS
from lab.store import ANSWERED, CACHE, MARKS, RATINGS, USED
from lab.types import Origin, State

ORIGINS: tuple[str, ...] = get_args(get_type_hints(Origin)["source"])
SOURCES = {
    "api": "a model's endpoint",
    "simulated": "the simulated Claude",
    "replay": "a recording",
    "batch": "a batch",
}
_BACK = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Sieve(NamedTuple):
    """One thing that calls are sifted by: its name for people, what it means, and the values that there are
    where those are a few."""

    label: str
    about: str
    values: Sequence[str] = ()


SIEVES: Mapping[str, Sieve] = {
    "user": Sieve("User", "Who made the call."),
    "model": Sieve("Model", "The model that was asked."),
    "prompt": Sieve(
        "Prompt", "`support`, `support@2`, or `support@staging`: the versions that label means now."
    ),
    "state": Sieve("Status", "How the call ended.", get_args(State)),
    "stop_reason": Sieve("stop_reason", "Why the model stopped, in the API's word.", tuple(STOP_REASONS)),
    "endpoint": Sieve("Endpoint", "Where it was sent."),
    "source": Sieve("Source", "What answered.", tuple(SOURCES)),
    "origin": Sieve("Origin", "What asked.", ORIGINS),
    "kind": Sieve("Kind", "Real calls, simulated ones (recorded ones too), or replays.", tuple(ANSWERED)),
    "use": Sieve("Used for", "What it was for, as Costs tells it apart.", tuple(USED)),
    "cache": Sieve(
        "Cache", "Whether it read from the prompt cache, missed it, or never asked for it.", CACHE
    ),
    "rating": Sieve("Rating", "What anybody rated the answer.", tuple(RATINGS)),
    "marked": Sieve("Marked", "What is to be looked at.", tuple(MARKS)),
    "cost_from": Sieve("Cost from, $", "Only calls that cost at least so many dollars."),
    "cost_to": Sieve("Cost to, $", "Only calls that cost at most so many dollars."),
    "first_token_over": Sieve("First token over, s", "Only calls that took longer to their first token."),
    "total_over": Sieve("Total over, s", "Only calls that took longer in all."),
    "conversation": Sieve("Conversation", "Only calls of this conversation."),
    "run": Sieve("Run", "Only calls of this run of a check."),
}
"""By the names that stand in an address."""


class Sifted(NamedTuple):
    """What one of SIEVES wants: `values` of `Wanted`, and what that is in words."""

    values: Mapping[str, Any]
    said: str


def sift(folder: Path, name: str, text: str) -> Sifted:
    """What a text wants of the log; `folder` holds the prompts, for their labels. Raises BadInput."""
    values = _READ.get(name, _text)(folder, name, text)
    return Sifted(values, _told(folder, name, text, values))


def _text(folder: Path, name: str, text: str) -> dict[str, Any]:
    known = SIEVES[name].values
    if known and text not in known:
        near = nearest(text, known)
        raise BadInput(f"{_shown(text)} is no value of {name}.{near} There are: {', '.join(known)}.")
    return {name: text}


def _prompt(folder: Path, name: str, text: str) -> dict[str, Any]:
    prompt, _, of = text.partition("@")
    if not of:
        return {"prompt": prompt}
    if re.fullmatch("[0-9]{1,9}", of):
        return {"prompt": prompt, "versions": (int(of),)}
    labels = prompts.labels(folder, prompt)
    if of not in labels:
        has = f"It has {', '.join(labels)}." if labels else "It has none."
        raise BadInput(f"The prompt {prompt} has no label {_shown(of)}.{nearest(of, labels)} {has}")
    return {"prompt": prompt, "versions": prompts.pointed(labels[of])}


def _dollars(folder: Path, name: str, text: str) -> dict[str, Any]:
    try:
        amount = Decimal(text.strip().removeprefix("$"))
        if not 0 <= amount < 10**6:
            raise ValueError
    except (InvalidOperation, ValueError):
        raise BadInput(f"{_shown(text)} is no amount in dollars, such as 0.05.") from None
    return {name: int(amount * DOLLAR)}


def _seconds(folder: Path, name: str, text: str) -> dict[str, Any]:
    try:
        seconds = float(text.strip().removesuffix("s"))
        if not (math.isfinite(seconds) and seconds >= 0):
            raise ValueError
    except ValueError:
        raise BadInput(f"{_shown(text)} is no time in seconds, such as 1.5.") from None
    return {name: seconds * 1000}


_READ: Mapping[str, Callable[[Path, str, str], dict[str, Any]]] = {
    "prompt": _prompt,
    "cost_from": _dollars,
    "cost_to": _dollars,
    "first_token_over": _seconds,
    "total_over": _seconds,
}


def _told(folder: Path, name: str, text: str, values: Mapping[str, Any]) -> str:
    """`Prompt: support@staging, now 2 (90%), 3 (10%)`."""
    if name == "prompt" and values.get("versions") and not re.search("@[0-9]+$", text):
        now = prompts.told(prompts.labels(folder, values["prompt"])[text.partition("@")[2]])
        return f"{text}, now version {now}"
    if name.startswith("cost_"):
        return f"${text.strip().removeprefix('$')}"
    return f"{text.strip().removesuffix('s')} s" if name.endswith("_over") else text


def moment(text: str, now: datetime, *, end: bool = False) -> datetime:
    """A time as a person writes it: `24h`, `7d` or `2w` ago, a day, or a time of a day, in the zone of `now`;
    of a day its beginning, or its `end`. Raises BadInput."""
    if match := re.fullmatch(r"([0-9]{1,5})([hdw])", text):
        return now - int(match[1]) * _BACK[match[2]]
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = date.fromisoformat(text) + timedelta(days=end)
            return datetime.combine(day, time(), now.tzinfo)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise BadInput(
            f"{_shown(text)} is no time, such as 24h, 7d, 2026-11-20 or 2026-11-20T14:00."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=now.tzinfo)


def _shown(text: str) -> str:
    return f"‘{text[:60]}’"
