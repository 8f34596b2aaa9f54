"""A request as the prompt cache reads it: tools, then system, then messages, as blocks in one list.

The rules are those of https://platform.claude.com/docs/en/build-with-claude/prompt-caching.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from lab.models import Model

SECONDS = {"5m": 300.0, "1h": 3600.0}
"""How long what is written can be read, from the start of the request that wrote or last read it."""
LOOKBACK = 20
"""Blocks that a breakpoint looks at for an earlier entry, its own included."""

SECTIONS = ("tools", "system", "examples", "messages")
"""In the cache's order. To the API examples are messages."""

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """One position of a prompt. `place` is for people; `data` is what the cache compares, `text` what a
    person reads of it; `ttl` is that of the breakpoint that stands here; `own`: it is of the last turn."""

    section: str
    place: str
    data: str
    text: str
    ttl: str | None = None
    cacheable: bool = True
    own: bool = False


def blocks(body: Body) -> tuple[Block, ...]:
    """The prompt of a request. Sections: tools, system, examples, messages.

    Examples are the messages up to the last answer with a breakpoint of its own: that is where a prompt of
    this lab sets it.
    """
    found = [_block("tools", _tool(n, one), one) for n, one in enumerate(body.get("tools") or (), 1)]
    system = _contents(body.get("system") or ())
    found += [_block("system", _numbered("system", n, system), one) for n, one in enumerate(system, 1)]
    messages = body.get("messages") or ()
    shown = max((n for n, one in enumerate(messages, 1) if _ends_examples(one)), default=0)
    for number, message in enumerate(messages, 1):
        contents = _contents(message["content"])
        section = "examples" if number <= shown else "messages"
        head = f"{'example message' if number <= shown else 'message'} {number} ({message['role']})"
        own = number == len(messages) and message["role"] == "user"
        found += [
            _block(section, _numbered(head, n, contents), one, message["role"], own)
            for n, one in enumerate(contents, 1)
        ]
    return _automatic(found, body.get("cache_control"))


def _automatic(found: Sequence[Block], asked: Any) -> tuple[Block, ...]:
    """The request's own `cache_control` stands at the last block that takes one."""
    last = max((at for at, block in enumerate(found) if block.cacheable), default=-1)
    if not asked or last < 0 or found[last].ttl:
        return tuple(found)
    marked = found[last]
    again = Block(marked.section, marked.place, marked.data, marked.text, _ttl(asked), own=marked.own)
    return (*found[:last], again, *found[last + 1 :])


def _block(section: str, place: str, content: Mapping[str, Any], role: str = "", own: bool = False) -> Block:
    plain = {name: value for name, value in content.items() if name != "cache_control"}
    written = json.dumps(plain, ensure_ascii=False)
    text = plain.get("text") if plain.get("type") == "text" else None
    kind, mark = plain.get("type"), content.get("cache_control")
    cacheable = kind not in ("thinking", "redacted_thinking") and plain.get("text") != ""
    shown = text if isinstance(text, str) else written
    data = f"{role or section}\0{written}"
    return Block(section, place, data, shown, _ttl(mark) if mark else None, cacheable, own)


def _ttl(mark: Any) -> str:
    ttl = mark.get("ttl") if isinstance(mark, Mapping) else None
    return ttl if ttl in SECONDS else "5m"


def _contents(content: Any) -> Sequence[Mapping[str, Any]]:
    """Content in its long form: a bare string is one text block."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _ends_examples(message: Mapping[str, Any]) -> bool:
    marked = any(block.get("cache_control") for block in _contents(message["content"]))
    return message["role"] == "assistant" and marked


def _tool(number: int, tool: Mapping[str, Any]) -> str:
    return f"tool {number} ({tool.get('name') or tool.get('type')})"


def _numbered(head: str, number: int, contents: Sequence[Any]) -> str:
    return head if len(contents) == 1 else f"{head}, block {number}"


def points(found: Sequence[Block]) -> dict[int, str]:
    """The breakpoints: how many blocks each of them covers, and its time to live."""
    return {at + 1: block.ttl for at, block in enumerate(found) if block.ttl}


def common(one: Sequence[Block], other: Sequence[Block]) -> int:
    """How many blocks two prompts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0].data == pair[1].data, zip(one, other, strict=False)))


def alike(one: Sequence[Block], other: Sequence[Block]) -> bool:
    """Whether two prompts begin with the same block, or with one of which half is the same at both ends: one
    may be the other with something put in."""
    if not (one and other) or one[0].data == other[0].data:
        return bool(one and other)
    texts = one[0].text, other[0].text
    ends = _same(*texts) + _same(*(text[::-1] for text in texts))
    return one[0].section == other[0].section and 2 * ends >= min(map(len, texts))


def _same(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def fixed(found: Sequence[Block]) -> int:
    """The blocks before the messages, examples included: the messages' cache hangs on the settings too, and
    examples are messages to the API."""
    return sum(1 for block in found if block.section in ("tools", "system"))


def settings(body: Body, model: Model) -> dict[str, Any]:
    """What the cache of the messages hangs on beside the prompt; what is as by default is left out."""
    output, thinking, choice = (body.get(name) or {} for name in ("output_config", "thinking", "tool_choice"))
    usual = "adaptive" if model.thinking_default in ("on", "always") else "disabled"
    effort = output.get("effort")
    found = {
        "thinking": thinking if thinking.get("type", usual) != usual else None,
        "effort": effort if effort != model.effort_default else None,
        "output format": output.get("format"),
        "tool_choice": choice if choice.get("type", "auto") != "auto" else None,
        "images": any(_pictured(body.get("messages") or ())) or None,
    }
    return {name: value for name, value in found.items() if value}


def _pictured(messages: Sequence[Mapping[str, Any]]) -> Iterator[bool]:
    for message in messages:
        yield from (block.get("type") == "image" for block in _contents(message["content"]))


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two prompts part: at which block and at which character of it (from 0), the text `before`, and
    what followed there `then` and follows `now`. Empty `then` or `now`: there is no such block, or it
    ends."""

    section: str
    place: str
    at: int
    before: str
    then: str
    now: str


AROUND = 60
"""Characters that are shown before and after the first that differs."""


def difference(then: Sequence[Block], now: Sequence[Block]) -> Difference | None:
    """The first thing in which a prompt differs from an earlier one; None where they are the same."""
    same = common(then, now)
    old, new = (next(iter(one[same : same + 1]), None) for one in (then, now))
    if old is None and new is None:
        return None
    there = min((one for one in (new, old) if one), key=lambda one: SECTIONS.index(one.section))
    texts = [one.text if one else "" for one in (old, new)]
    if texts[0] == texts[1]:  # the same words of another role or kind
        texts = [one.data.replace("\0", ": ") if one else "" for one in (old, new)]
    at = _same(*texts)
    before = texts[1][max(0, at - AROUND) : at]
    then_, now_ = (text[at : at + AROUND] for text in texts)
    return Difference(there.section, there.place, at, before, then_, now_)
