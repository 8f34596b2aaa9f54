"""Why a call missed the cache: constructed pairs of requests, and random ones against the simulated
Claude."""

from __future__ import annotations

from typing import Any

import pytest

from lab.cache import checks, said
from tests.cache.edits import Plan, say
from tests.cache.pairs import pair, verdict

MARK = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}
LONG = "Harbor books rooms for teams and sends an invoice each month. " * 200
SONNET, HAIKU, NEW = "claude-sonnet-4-6", "claude-haiku-4-5", "claude-sonnet-5-5"
THINKING = {"type": "enabled", "budget_tokens": 1024}
Body = dict[str, Any]


def body(system: Any = LONG, mark: Any = MARK, **fields: Any) -> Body:
    """A question with a long system text that ends in a breakpoint."""
    block = {"type": "text", "text": system, **({"cache_control": mark} if mark else {})}
    texts = [block] if isinstance(system, str) else system
    return {
        "model": SONNET,
        "max_tokens": 2000,
        "system": texts,
        "messages": [say("user", "Which way?")],
    } | fields


def tools(**about: str) -> list[Body]:
    return [
        {"name": name, "description": text, "input_schema": {"type": "object"}}
        for name, text in about.items()
    ]


def marked(role: str, text: str, mark: Any = MARK) -> Body:
    said = say(role, text)
    said["content"][0]["cache_control"] = mark
    return said


def talk(turns: int, last: str = "And now?") -> list[Body]:
    """So many turns and a question."""
    return [
        *(say(role, f"{role} {n}") for n in range(turns) for role in ("user", "assistant")),
        say("user", last),
    ]


DATED = "Today is {}. " + LONG
MONDAY, SUNDAY = ({"system": DATED.format(day)} for day in ("Monday", "Sunday"))
TWO = {"tools": tools(clock="The time.", map="Where it is.")}
LESS, TURNED = {"tools": TWO["tools"][:1]}, {"tools": TWO["tools"][::-1]}
ANEW = {"tools": tools(clock="The hour.", map="Where it is.")}
AUTO = {"cache_control": MARK, "mark": None}
OFF, HOURLY = {"mark": None}, {"mark": HOUR}
FRONT = {"system": [{"type": "text", "text": "See."}, *body()["system"]]}
LOW, HIGH = ({"model": NEW, "output_config": {"effort": each}} for each in ("low", "high"))
SAID = {
    "mark": None,
    "messages": [say("user", "For Team?"), marked("assistant", "6 euros."), say("user", "?")],
}
OTHER = {**SAID, "messages": [say("user", "For Free?"), *SAID["messages"][1:]]}
HISTORY = {**AUTO, "messages": talk(2)}
EDITED = {**AUTO, "messages": [say("user", "No."), *talk(3)[1:]]}
ALL, SOON = "all that was there to be read", 9
# What was sent first and then, as it differs from `body()`; seconds in between, None: before the first was
# answered; what is found, in a word of KINDS, and some of its words.
PAIRS: list[tuple[str, Body, Body, float | None, str, str]] = [
    ("all the same", {}, {}, SOON, "hit", ALL),
    ("another question", {}, {"messages": [say("user", "Why?")]}, SOON, "hit", ALL),
    ("a turn more", AUTO, {**AUTO, "messages": [*body()["messages"], *talk(1)]}, SOON, "hit", "are new"),
    ("what the prompt does not hang on", {"metadata": {"user_id": "a"}}, {"max_tokens": 9}, SOON, "hit", ALL),
    ("no cache_control", OFF, OFF, SOON, "unasked", "Nothing in this request has a cache_control"),
    ("too short", {"system": "Be brief."}, {"system": "Be brief."}, SOON, "short", "from 1,024 tokens on"),
    ("for this model", {"model": HAIKU}, {"model": HAIKU}, SOON, "short", "caches from 4,096 tokens on"),
    ("not for a newer one", {"model": NEW}, {"model": NEW}, SOON, "hit", ALL),
    ("six minutes later", {}, {}, 360, "expired", "this one came 1 min too late"),
    ("just in time", {}, {}, 299, "hit", ALL),
    ("six minutes, kept an hour", HOURLY, HOURLY, 360, "hit", ALL),
    ("an hour later", HOURLY, HOURLY, 3601, "expired", "to be kept for 1 hour"),
    ("at once", {}, {}, None, "pending", "its answer had not begun yet"),
    ("another model", {}, {"model": NEW}, SOON, "model", "this one to claude-sonnet-5-5"),
    ("faster", {}, {"speed": "fast"}, SOON, "speed", "speed standard, this one for fast"),
    ("a date in front", MONDAY, SUNDAY, SOON, "system", "at character 10 of system"),
    ("a character less", {}, {"system": LONG[:-1]}, SOON, "system", f"at character {len(LONG):,} of system"),
    ("a block in front", {}, FRONT, SOON, "system", "at character 1 of system, block 1"),
    ("a tool described anew", TWO, ANEW, SOON, "tools", "of tool 1 (clock)"),
    ("tools in another order", TWO, TURNED, SOON, "tools", "of tool 1 (map)"),
    ("a tool less", TWO, LESS, SOON, "tools", "of tool 2 (map)"),
    ("tools and system", TWO, {**LESS, "system": LONG[1:]}, SOON, "tools", "The tools changed"),
    ("another example", SAID, OTHER, SOON, "examples", "at character 5 of example message 1 (user)"),
    ("history edited", HISTORY, EDITED, SOON, "messages", "of message 1 (user)"),
    ("less effort", {**AUTO, "model": NEW}, {**AUTO, **LOW}, SOON, "settings", "other settings (effort)"),
    ("effort as by default", {**AUTO, "model": NEW}, {**AUTO, **HIGH}, SOON, "hit", ALL),
    ("less effort, system kept", {"model": NEW}, LOW, SOON, "hit", ALL),
    ("thinking", AUTO, {**AUTO, "thinking": THINKING}, SOON, "settings", "other settings (thinking)"),
    ("a tool forced", {**AUTO, **TWO}, {**AUTO, **TWO, "tool_choice": {"type": "any"}}, SOON, "settings",
     "other settings (tool_choice)"),
    ("21 blocks on", {**AUTO, "messages": talk(0)}, {**AUTO, "messages": [*talk(0), *talk(10)]}, SOON,
     "lookback", "looks at 20 blocks only"),
    ("a breakpoint behind the question", AUTO, {**AUTO, "messages": [say("user", "Why?")]}, SOON, "late",
     "Set one at the end of system"),
    ("the first without one", OFF, {}, SOON, "unwritten", "has no cache_control, so it wrote nothing"),
    ("the first behind it", AUTO, {}, SOON, "unwritten", "but has no breakpoint there or before"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "wait", "kind", "words"), [one[1:] for one in PAIRS], ids=[one[0] for one in PAIRS]
)
def test_constructed_pairs(before: Body, after: Body, wait: float | None, kind: str, words: str) -> None:
    found = pair(Plan(body(**before), body(**after), wait or 0.5, wait is not None)).found
    assert (found.kind, words in said(found)) == (kind, True), said(found)


def test_every_rule_that_is_broken_is_told() -> None:
    """Not the first reason alone: what else would have kept the call from reading."""
    found = pair(Plan(body(**MONDAY), body(**SUNDAY, model=NEW), 400, True)).found
    broken = {each.rule: each.said for each in checks(found) if not each.holds}
    assert found.kind == "model"
    assert broken == {
        "same model, speed and endpoint": "then model claude-sonnet-4-6",
        "same text": "the same up to character 9 of system",
        "in time": "sent 6 min 40 s after it, 1 min 40 s after the end of the time to live",
    }


@pytest.mark.parametrize("seed", range(0, 1000, 10))
def test_random_edits_agree_with_the_simulated_claude(seed: int) -> None:
    """The tokens that it read, what its diagnostics say, and that mending what was found leads to a hit."""
    assert verdict(seed).wrong == ()
