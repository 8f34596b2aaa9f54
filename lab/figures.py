"""A call's figures in words, the same wherever a person reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from lab.cost import dollars, span
from lab.types import Cost, Timing

STOP_REASONS = {
    "end_turn": "finished",
    "max_tokens": "cut off at max_tokens: ask for more, or for less at once",
    "stop_sequence": "ended at a stop sequence",
    "tool_use": "waits for a tool's answer",
    "pause_turn": "paused by the API: send it back to go on",
    "refusal": "declined to answer",
    "model_context_window_exceeded": "cut off: the conversation fills the model's context window; leave the "
    "older half of it out, or lower max_tokens",
}
"""The API's `stop_reason` in plain words."""

STATES = {
    "started": "waiting for the model",
    "streaming": "answering now",
    "blocked": "not let out: paused, or stopped by a guard",
    "failed": "failed",
    "stalled": "fell silent; what arrived is kept",
    "truncated": "ended without saying so; what arrived is kept",
    "cancelled": "cancelled",
    "unknown": "sent, outcome not known: it may have been billed",
}
"""The states of a call that has no `stop_reason`, in plain words."""


def outcome(call: Mapping[str, Any]) -> str:
    """How a logged call ended."""
    reason, sequence = call["stop_reason"], call.get("stop_sequence")
    if not reason:
        return STATES.get(call["state"], call["state"])
    if reason == "stop_sequence" and sequence:
        return f"ended at the stop sequence {json.dumps(sequence, ensure_ascii=False)}"
    said = STOP_REASONS.get(reason, f"{reason}: a reason that this lab does not know")
    return f"{said}, but may be a refusal" if call.get("refused_in_words") else said


def declined(call: Mapping[str, Any]) -> str:
    """Why a call was declined, as far as the API says: ` (cyber): the request …`, or nothing."""
    details = call["stop_details"] if isinstance(call["stop_details"], Mapping) else {}
    category, why = (str(details.get(name) or "") for name in ("category", "explanation"))
    return (f" ({category})" if category else "") + (f": {why.rstrip('.')}" if why else "")


def tokens(call: Mapping[str, Any]) -> str:
    """`in 22 · write 1,711 · read 11,442 · out 509`; what the endpoint did not report is a dash."""
    parts = {
        "in": call["input_tokens"],
        "write": call["cache_creation_input_tokens"],
        "read": call["cache_read_input_tokens"],
        "out": call["output_tokens"] if call["stop_reason"] else None,
    }
    return " · ".join(f"{name} {'–' if count is None else f'{count:,}'}" for name, count in parts.items())


def cost(call: Mapping[str, Any]) -> str:
    """What it cost, or between what; estimates are marked."""
    return span(Cost(call["cost"], call["cost_floor"], call["cost_upper"], call["cost_basis"] or "none"))


def judging(run: Mapping[str, Any]) -> str:
    """`judging: $0.012 · 40 calls · 55.0 s`: what a run's judges took; nothing where there were none."""
    took = run.get("judging")
    if not took or not took["calls"]:
        return ""
    count = f"{took['calls']:,} call{'s' * (took['calls'] != 1)}"
    lasted = f" · {seconds(took['seconds'] * 1000)}" if took["seconds"] else ""
    return f"judging: {cost(took)} · {count}{lasted}"


def seconds(milliseconds: float | None) -> str:
    """`412 ms`, `2.1 s`, or a dash."""
    if milliseconds is None:
        return "–"
    return f"{milliseconds:.0f} ms" if round(milliseconds) < 1000 else f"{milliseconds / 1000:.1f} s"


def speed(call: Mapping[str, Any]) -> str:
    """`83 tokens/s`, or a dash."""
    rate = _rate(call)
    return "– tokens/s" if rate is None else f"{rate:,.0f} tokens/s"


def _rate(call: Mapping[str, Any]) -> float | None:
    first, total = call["first_token_ms"], call["total_ms"]
    timing = Timing(None, None if first is None else first / 1000, (total or 0) / 1000)
    return timing.tokens_per_second(call["output_tokens"]) if call["stop_reason"] else None


def legs(call: Mapping[str, Any]) -> dict[str, float | None]:
    """Where the time to the first token of a whole logged call went, in milliseconds, one leg after another:
    our `own wait`, the `connection`, the API's `headers`, its `first token`. None: not measured.
    """
    connect, headers, first = call["connect_ms"], call["headers_ms"], call["first_token_ms"]
    return {
        "own wait": call["waited_ms"],
        "connection": connect,
        "headers": None if headers is None else max(headers - (connect or 0), 0),
        "first token": None if first is None else max(first - (headers or 0), 0),
    }


def latency(call: Mapping[str, Any]) -> str:
    """`own wait 0 ms · connection 35 ms (new) · headers 345 ms · first token 32 ms`."""
    how = f" ({call['connection']})" if call["connection"] else ""
    return " · ".join(
        f"{name} {seconds(ms)}{how if name == 'connection' else ''}" for name, ms in legs(call).items()
    )


def line(call: Mapping[str, Any]) -> str:
    """All of it in one line."""
    return " · ".join(told(call).values())


def told(call: Mapping[str, Any]) -> dict[str, str]:
    """All of it, each figure in words under its name."""
    return {
        "model": call["answered_by"] or call["model"],
        "outcome": outcome(call),
        "first token": f"first token {seconds(call['first_token_ms'])}",
        "speed": speed(call),
        "total": f"total {seconds(call['total_ms'])}",
        **{words.partition(" ")[0]: words for words in tokens(call).split(" · ")},
        "cost": cost(call),
        **({"source": source(call)} if call["source"] != "api" else {}),
    }


BEST: Mapping[str, tuple[Callable[..., Any], Callable[[Mapping[str, Any]], Any]]] = {
    "first token": (min, lambda call: call["first_token_ms"]),
    "speed": (max, _rate),
    "total": (min, lambda call: call["total_ms"]),
    "read": (max, lambda call: call["cache_read_input_tokens"]),
    "out": (min, lambda call: call["output_tokens"]),
    "cost": (min, lambda call: call["cost"] if call["cost_basis"] == "usage" else None),
}
"""Figures of which one is better than another: whether the least or the most is best, and how it is read."""


def best(calls: Sequence[Mapping[str, Any] | None]) -> list[frozenset[str]]:
    """Of each call the figures that no other has better; of calls that ended well alone, and none where all
    are alike."""
    ended = [call if call and call["state"] == "ok" else None for call in calls]
    found: list[set[str]] = [set() for _ in calls]
    for name, (pick, read) in BEST.items():
        values = [None if call is None else read(call) for call in ended]
        known = [value for value in values if value is not None]
        if len(set(known)) > 1:
            for mine, value in zip(found, values, strict=True):
                mine.update({name} if value == pick(known) else ())
    return [frozenset(each) for each in found]


def source(call: Mapping[str, Any]) -> str:
    """What answered a logged call: `api`, `simulated`, `replay`; `replay, simulated` of a recording that was
    made from the simulated Claude."""
    made_up = call["source"] == "replay" and call["endpoint"] == "simulated"
    return "replay, simulated" if made_up else call["source"]


def local_time(stored: str) -> str:
    """A stored time in the reader's own zone, to the second."""
    return datetime.fromisoformat(stored).astimezone().strftime("%Y-%m-%d %H:%M:%S")


MISSES = {
    "model_changed": "the model or its speed changed",
    "system_changed": "the system text changed",
    "tools_changed": "the tools changed",
    "messages_changed": "earlier messages changed",
    "previous_message_not_found": "the API no longer knows the answer before",
    "unavailable": "something else changed that the prompt depends on, such as thinking, tools or the schema",
}
"""The API's `cache_miss_reason.type` in plain words."""


def cache_miss(call: Mapping[str, Any]) -> str | None:
    """Why a logged call read less from the cache than it could have; None where the API did not say."""
    reason = call["cache_miss"]
    if not isinstance(reason, Mapping) or not reason.get("type"):
        return None
    why = MISSES.get(str(reason["type"]), f"the API says {reason['type']}")
    count = reason.get("cache_missed_input_tokens")
    lost = f": about {count:,} tokens were not read from the cache" if type(count) is int else ""
    return f"{why[0].upper()}{why[1:]}{lost}."


def ruled(call: Mapping[str, Any]) -> str:
    """How a rule of routing moved a call."""
    return f"By the rule '{call['rule']}', this model was asked instead of {call['meant_model']}."


def spending(least: int, most: int, unknown: int) -> str:
    """What many calls cost together: `$1.20`, `$1.20 to $1.40 (estimate)`; and how many are `unknown`."""
    low, high = dollars(least), dollars(most)
    said = low if least == most else f"{low} (estimate)" if low == high else f"{low} to {high} (estimate)"
    if unknown and not most:
        return "unknown"
    return f"{said} + {unknown:,} unknown" if unknown else said


_TAGGED = re.compile(r"\s*<([\w-]+)>(?P<text>.*)</\1>\s*", re.S)


def inside(text: str) -> str:
    """A question as a person wrote it: without the tags that a prompt put round all of it."""
    found = _TAGGED.fullmatch(text)
    alone = found is not None and f"</{found[1]}>" not in found["text"]
    return found["text"] if found and alone else text


def beginning(text: str, room: int, length: int) -> str:
    """As much of a text in one line as has room (in characters), and how much is left out of its `length`:
    `How do I … 1,204 more`."""
    if length <= room:
        return text
    shown = text[: max(room - len(f" … {length:,} more"), 1)].rstrip()
    return f"{shown} … {length - len(shown):,} more"


def many(count: int, what: str = "call") -> str:
    """`1 call`, `2,000 calls`."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def percent(share: float | None) -> str:
    """`12.5%`, below 1 % `0.42%`, or a dash."""
    if share is None:
        return "–"
    return f"{share:.2%}" if 0 < share < 0.01 else f"{share:.1%}"
