"""One recording as a line of its file: for people to read and compare, and, like any file that people edit,
not trusted when it is read."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from lab.engine import Recording, Spot
from lab.errors import nearest
from lab.types import Reply, Timing, Usage

TIMES = ("headers", "first_token", "total")
SOURCES = ("api", "simulated", "batch")
MARKS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
"""What Git puts where two sides changed the same lines."""
_HARMFUL = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What an editor does not show, breaks a line at or turns text around for: written as escapes."""


def line(recording: Recording) -> str:
    """A recording in one line, its fields always in this order: what a person looks for comes first."""
    reply, spot = recording.reply, recording.spot
    said = {
        "case": recording.case,
        "variant": recording.variant,
        "judge": recording.judge or None,
        "repeat": spot.repeat,
        "asked": recording.asked,
        "answer": _short(reply.content),
        "stop_reason": reply.stop_reason,
        "stop_sequence": reply.stop_sequence,
        "stop_details": reply.stop_details,
        "answered_by": reply.model,
        "usage": _known({name: getattr(reply.usage, name) for name in Usage.__slots__}),
        "seconds": _known({name: getattr(reply.timing, name) for name in TIMES}),
        "picodollars": reply.recorded_cost,
        "source": reply.source,
        "day": recording.day,
        "messages": recording.messages,
        "key": spot.key,
    }
    text = json.dumps(_known(said), ensure_ascii=False)
    return _HARMFUL.sub(lambda match: json.dumps(match[0])[1:-1].replace("\x7f", "\\u007f"), text)


def recording(text: str) -> Recording:
    """What a line says. Raises ValueError with a sentence."""
    said = _object(text)
    for name in said:
        if name not in FIELDS:
            raise ValueError(f"a recording has no '{name[:60]}'.{nearest(name, FIELDS)}")
    for name, (needed, what, fits) in FIELDS.items():
        if needed and name not in said:
            raise ValueError(f"'{name}' is missing.")
        if name in said and not fits(said[name]):
            raise ValueError(f"'{name}' must be {what}.")
    answer = said["answer"]
    reply = Reply(
        id="",
        request_id=None,
        content=({"type": "text", "text": answer},) if isinstance(answer, str) else tuple(answer),
        model=said["answered_by"],
        stop_reason=said["stop_reason"],
        stop_sequence=said.get("stop_sequence"),
        stop_details=said.get("stop_details"),
        usage=Usage(**said["usage"]),
        timing=Timing(*(said["seconds"].get(name) for name in TIMES)),
        source=said["source"],
        recorded_cost=said.get("picodollars"),
    )
    labels = {name: said[name] for name in ("case", "variant", "messages", "asked", "day")}
    spot = Spot(said["key"], said["repeat"])
    return Recording(spot, judge=said.get("judge", False), reply=reply, **labels)


def _object(text: str) -> dict[str, Any]:
    if text.startswith(MARKS):
        raise ValueError("this is the mark of a merge that was not resolved. Keep the lines of both sides.")
    try:
        said = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not JSON: {error.msg} at column {error.colno}.") from None
    except RecursionError:
        raise ValueError("this is nested too deeply.") from None
    if not isinstance(said, dict):
        raise ValueError("a recording is an object: {…}.")
    return said


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"'{twice[:60]}' stands here twice.")
    return dict(pairs)


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number in JSON.")


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _short(content: tuple[Mapping[str, Any], ...]) -> Any:
    """An answer of nothing but one text is that text."""
    if len(content) == 1 and content[0] == {"type": "text", "text": content[0].get("text")}:
        return content[0]["text"]
    return list(content)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _from_1(value: Any) -> bool:
    return _count(value) and value > 0


def _content(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(map(_block, value)))


def _block(value: Any) -> bool:
    """Whether this is a content block, with the fields of the kinds that the lab reads."""
    if not isinstance(value, dict) or not isinstance(kind := value.get("type"), str):
        return False
    if kind == "tool_use":
        return all(isinstance(value.get(name), str) for name in ("id", "name")) and "input" in value
    return kind not in ("text", "thinking") or isinstance(value.get(kind), str)


def _usage(value: Any) -> bool:
    words = ("service_tier", "speed", "inference_geo")
    return isinstance(value, dict) and all(
        name in Usage.__slots__ and (_text(each) if name in words else _count(each))
        for name, each in value.items()
    )


def _times(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and "total" in value
        and all(
            name in TIMES and type(each) in (int, float) and math.isfinite(each) and each >= 0
            for name, each in value.items()
        )
    )


def _day(value: Any) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except (TypeError, ValueError):
        return False


FIELDS: Mapping[str, tuple[bool, str, Callable[[Any], bool]]] = {
    "case": (True, "text", _text),
    "variant": (True, "text", _text),
    "judge": (False, "true or false", lambda value: isinstance(value, bool)),
    "repeat": (True, "a whole number from 1 up", _from_1),
    "asked": (True, "text", _text),
    "answer": (True, "text, or a list of the API's content blocks", _content),
    "stop_reason": (True, "text", _text),
    "stop_sequence": (False, "text", _text),
    "stop_details": (False, "an object", lambda value: isinstance(value, dict)),
    "answered_by": (True, "text", _text),
    "usage": (True, "an object of the API's own counts, whole numbers", _usage),
    "seconds": (True, "an object with `total`, and `headers` and `first_token` where known", _times),
    "picodollars": (False, "a whole number", _count),
    "source": (True, f"one of {', '.join(SOURCES)}", lambda value: value in SOURCES),
    "day": (True, "a date such as 2026-11-29", _day),
    "messages": (True, "a whole number from 1 up", _from_1),
    "key": (True, "32 hexadecimal digits", lambda value: _text(value) and bool(_KEY.fullmatch(value))),
}
"""Of each field: whether it is needed, what it must be, and whether a value is."""
_KEY = re.compile("[0-9a-f]{32}")
