"""What the API said of a missed cache, beside what the lab found; and where they differ, why.

https://platform.claude.com/docs/en/build-with-claude/cache-diagnostics: the API compares the text of two
requests, the one it answers and the one named in `previous_message_id`, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.cache import prefix
from lab.cache.asked import Asked
from lab.cache.misses import Finding

OTHERS = ("thinking", "tool_choice", "output_config")
"""Of a request, what the API calls `unavailable` when it differs."""
SAME_TEXT = ("hit", "first", "pending", "expired", "lookback", "lost", "unwritten", "late")
"""What an API that looks at the text alone has no word for."""
MEANT = {
    "model_changed": ("model", "speed"),
    "system_changed": ("system",),
    "tools_changed": ("tools",),
    "messages_changed": ("messages", "examples"),
    "unavailable": ("settings",),
}
"""What the API's types are in the words of an explanation."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the API `said` (a `cache_miss_reason.type`, "nothing", "no difference" or "not asked"), whether
    the lab's finding is the same, and a code and a sentence for `why` it is not, or what the two mean
    together."""

    said: str
    agrees: bool
    code: str
    why: str


def diagnosis(found: Finding, said: Mapping[str, Any] | None, previous: Asked | None) -> Diagnosis:
    """`said`: the `cache_miss_reason` of the answer, None where there was none; `previous`: the request that
    the call asked to be compared with, None where it is not known here."""
    asked = found.call.body.get("diagnostics")
    kind = str((said or {}).get("type") or "")
    if asked is None:
        return Diagnosis("not asked", True, "not asked", _WHY["not asked"])
    if not asked.get("previous_message_id"):
        return Diagnosis("nothing", True, "first turn", _WHY["first turn"])
    if kind == "previous_message_not_found":
        return Diagnosis(kind, False, "forgotten", _WHY["forgotten"])
    code = _code(found, kind, previous)
    return Diagnosis(kind or "no difference", code == "agree", code, _WHY[code])


def _code(found: Finding, kind: str, previous: Asked | None) -> str:
    """The name of what holds between the two."""
    if kind and kind not in MEANT:
        return "new word"
    if found.kind in MEANT.get(kind, ()):
        return "agree"
    if not kind and found.kind in SAME_TEXT:
        return "agree" if found.kind in ("hit", "first") else "text alone"
    if found.kind in ("unasked", "short", "unkept", "unreported"):
        return "no cache"
    if previous is None or found.other is None or previous.id != found.other.id:
        return "other request"
    if kind and expected(previous, found.call) == kind:
        return _later(found, kind)
    if kind == "messages_changed" and "images" in _moved(previous, found.call):
        return "images"
    if kind == "unavailable" and previous.settings == found.call.settings:
        return "default"
    return "undecided" if not kind else "unlike"


def _later(found: Finding, kind: str) -> str:
    """Why a change that the API names, and that is there, is not what the cache was missed for."""
    if found.kind == "hit":
        return "late change"
    if found.kind in ("settings", "tools", "system", "examples", "messages", "model", "speed"):
        return "order"
    if found.kind == "endpoint":
        return "other request"
    return "as well" if kind else "text alone"


def expected(previous: Asked, call: Asked) -> str | None:
    """The type that the API should name: the first of model, system, tools and messages that changed, in that
    order; None where the text only goes on."""
    if previous.scope != call.scope:
        return "model_changed"
    for section in ("system", "tools"):
        texts = [[one.data for one in each.blocks if one.section == section] for each in (previous, call)]
        if texts[0] != texts[1]:
            return f"{section}_changed"
    if any((previous.body.get(name) or {}) != (call.body.get(name) or {}) for name in OTHERS):
        return "unavailable"
    goes_on = prefix.common(previous.blocks, call.blocks) == len(previous.blocks)
    return None if goes_on else "messages_changed"


def _moved(one: Asked, other: Asked) -> set[str]:
    names = one.settings.keys() | other.settings.keys()
    return {name for name in names if one.settings.get(name) != other.settings.get(name)}


_WHY = {
    "not asked": "The API was not asked: the request has no diagnostics.",
    "first turn": "The first turn: the API had nothing to compare with.",
    "forgotten": "The API no longer had the request to compare with: it keeps them for a short time, within "
    "one workspace, and only of requests that asked for diagnostics themselves.",
    "agree": "The API says the same.",
    "text alone": "The API compares the text alone, and that only went on: it says nothing of time, of "
    "answers that had not begun, or of how far a breakpoint looks back.",
    "no cache": "The API compares the text, whether or not any of it is cached; here nothing was.",
    "other request": "The API compared with the answer before in the conversation; here the call is held "
    "against the request that came nearest to serving it.",
    "late change": "The text changed, as the API says, but only behind what was read.",
    "order": "Several things changed. The API names the first of model, system, tools and messages; the "
    "cache breaks at the first of tools, system, settings and messages.",
    "as well": "The text changed too, as the API says, but this call could have read what stands before "
    "that; another rule kept it from it.",
    "images": "Images came in or went, which the cache keeps apart; the API calls that a change of messages.",
    "default": "The settings are written in another way but mean the same, as a default that is spelt out: "
    "the API compares how they are written, and the cache did not break on that.",
    "undecided": "The API found no difference in the text, or had not finished comparing.",
    "unlike": "The lab's copy of the two requests does not differ in that. Thinking that the API drops, or a "
    "change by whatever stands between the lab and the API, can be why.",
    "new word": "The lab does not know this word of the API's.",
}
