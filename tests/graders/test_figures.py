"""Graders of what is known of an answer beside its text: time, cost, how it ended, tools, length."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab import graders
from lab.cost import DOLLAR
from lab.graders import Grade, Place, Sample

HERE = Place(Path("."), lambda *path: "x.yaml, line 1")


def graded(spec: dict[str, Any], text: str = "", **known: Any) -> Grade:
    grader = graders.parse(spec, HERE)
    return graders.grade(grader, Sample(text, **known), grader.ready)


CALLS = (
    {"type": "text", "text": "Let me see."},
    {
        "type": "tool_use",
        "id": "1",
        "name": "search",
        "input": {"q": "rain", "page": 1, "in": {"a": 1, "b": 2}},
    },
    {"type": "server_tool_use", "id": "2", "name": "web", "input": {"q": "snow"}},
    {"type": "tool_use", "id": "3", "name": "search", "input": {"q": "sun", "list": [1, 2]}},
)
NUMBERS = {"type": "object", "properties": {"page": {"type": "integer"}}, "required": ["page"]}


@pytest.mark.parametrize(
    ("spec", "known", "passed", "reason"),
    [
        ({"latency": 2}, {"seconds": 2.0}, True, "the answer took 2 s, not more than 2 s"),
        ({"latency": "1.5"}, {"seconds": 1.51}, False, "more than 1.5 s"),
        ({"latency": 2}, {}, None, "it is not known how long the answer took"),
        ({"not": {"latency": 2}}, {}, None, "not known"),
        ({"not": {"latency": 2}}, {"seconds": 3.0}, True, "more than 2 s"),
        ({"latency": {"first_token": 0.5}}, {"seconds": 9.0, "first_token": 0.4}, True, "the first token"),
        ({"latency": {"first_token": 0.5}}, {"seconds": 9.0}, None, "how long the first token took"),
        ({"latency": {"total": 5, "first_token": 0.5}}, {"seconds": 6.0, "first_token": 0.4}, False, "; the"),
        ({"latency": {"total": 5, "first_token": 0.5}}, {"seconds": 4.0, "first_token": 0.6}, False, "; the"),
        ({"latency": 2}, {"seconds": 1.0, "source": "replay"}, True, "took 1 s when it was recorded"),
        ({"cost": 0.01}, {"cost": DOLLAR // 100}, True, "cost $0.01, not more than $0.01"),
        ({"cost": 0.01}, {"cost": DOLLAR // 100 + 1}, False, "more than $0.01"),
        ({"cost": "0.01"}, {"cost": 0}, True, "cost $0"),
        ({"cost": 0.01}, {}, None, "it is not known what the answer cost"),
        ({"not": {"cost": 0.01}}, {}, None, "not known"),
        ({"stop_reason": "end_turn"}, {"stop_reason": "end_turn"}, True, "ended with end_turn"),
        ({"stop_reason": "end_turn"}, {"stop_reason": "max_tokens"}, False, "max_tokens, not end_turn"),
        ({"stop_reason": ["end_turn", "tool_use"]}, {"stop_reason": "tool_use"}, True, ""),
        ({"not": {"stop_reason": "max_tokens"}}, {"stop_reason": "max_tokens"}, False, ""),
        ({"refusal": True}, {"refused": True}, True, "by its first words"),
        ({"refusal": True}, {"refused": True, "stop_reason": "refusal"}, True, "by its stop reason"),
        ({"refusal": "False"}, {"refused": True}, False, "refused"),
        ({"refusal": False}, {}, True, "did not refuse"),
        ({"not": {"refusal": True}}, {}, True, "did not refuse"),
        ({"length": {"max": 9, "unit": "tokens"}}, {"output_tokens": 10}, False, "10 tokens, more than 9"),
        ({"length": {"max": 9, "unit": "tokens"}}, {}, None, "did not say how many tokens"),
        ({"tool_call": "search"}, {"content": CALLS}, True, "calls search, web, search"),
        ({"tool_call": "web"}, {"content": CALLS}, True, ""),
        ({"tool_call": "find"}, {"content": CALLS}, False, "calls search, web, search, and not find"),
        ({"tool_call": "find"}, {}, False, "calls no tool, and not find"),
        ({"not": {"tool_call": "find"}}, {}, True, ""),
        ({"tool_call": "none"}, {}, True, "calls no tool"),
        ({"tool_call": "none"}, {"content": CALLS}, False, "calls search, web, search"),
        ({"not": {"tool_call": "none"}}, {"content": CALLS}, True, ""),
        ({"tool_call": {"name": "search", "arguments": {"q": "rain"}}}, {"content": CALLS}, True, ""),
        ({"tool_call": {"name": "search", "arguments": {"q": "sun"}}}, {"content": CALLS}, True, ""),
        ({"tool_call": {"name": "search", "arguments": {"page": "1"}}}, {"content": CALLS}, True, ""),
        ({"tool_call": {"name": "search", "arguments": {"in": {"b": 2}}}}, {"content": CALLS}, True, ""),
        (
            {"tool_call": {"name": "search", "arguments": {"in": {"b": 3}}}},
            {"content": CALLS},
            False,
            "lacks",
        ),
        ({"tool_call": {"name": "search", "arguments": {"list": [1]}}}, {"content": CALLS}, False, "[1, 2]"),
        ({"tool_call": {"name": "web", "arguments": {"q": "rain"}}}, {"content": CALLS}, False, '"snow"'),
        ({"tool_call": {"name": "search", "schema": NUMBERS}}, {"content": CALLS}, True, ""),
        ({"tool_call": {"name": "web", "schema": NUMBERS}}, {"content": CALLS}, False, "at $: "),
        ({"tool_call": ["search", "web"]}, {"content": CALLS}, True, ""),
        ({"tool_call": ["search", "search"]}, {"content": CALLS}, True, ""),
        ({"tool_call": ["web", "web"]}, {"content": CALLS}, False, "and not web after that"),
        ({"tool_call": ["web", {"name": "search", "arguments": {"q": "sun"}}]}, {"content": CALLS}, True, ""),
        (
            {"tool_call": [{"name": "search", "arguments": {"q": "sun"}}, "web"]},
            {"content": CALLS},
            False,
            "",
        ),
    ],
)
def test_what_is_known_beside_the_text(
    spec: dict[str, Any], known: dict[str, Any], passed: bool | None, reason: str
) -> None:
    grade = graded(spec, **known)
    assert grade.passed is passed, grade.reason
    assert reason in grade.reason


SENTENCES = [
    ("", 0),
    ("One.", 1),
    ("One. Two! Three?", 3),
    ("No stop", 1),
    ("Dr. Smith paid 3.50 to J. Doe, e.g. for tea. Then he left.", 2),
    ('He said "Stop." Then he left.', 2),
    ("Wait... what? No!", 2),
    ("# Title\n\n- one\n- two\n\nText. More.", 5),
    ("A line that is\nbroken in two.", 1),
    ("今日は雨です。明日は晴れ！", 2),
    ("?!", 0),
    ("See example.com for more. Bye.", 2),
]
WORDS = [
    ("", 0),
    ("  \n", 0),
    ("one two", 2),
    ("don't well-known 3.50 1,000", 4),
    ("(one), \"two\" – three…", 3),
    ("a.b", 2),
    ("snake_case", 2),
    ("你好，世界", 4),
    ("हिन्दी में", 2),
    ("cafe\u0301 schön", 2),
    ("한국어 문장", 2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "text", "count"),
    [("sentences", *each) for each in SENTENCES]
    + [("words", *each) for each in WORDS]
    + [("lines", " a\n\n \n b\n", 2), ("lines", "", 0), ("characters", " aé \n", 2)],
)
def test_length_counts(unit: str, text: str, count: int) -> None:
    exactly = {"min": count, "max": str(count), "unit": unit}
    assert graded({"length": exactly}, text).passed, graded({"length": exactly}, text).reason
    assert not graded({"length": {"min": count + 1, "unit": unit}}, text).passed
    assert count == 0 or not graded({"length": {"max": count - 1, "unit": unit}}, text).passed


def test_length_is_in_characters_unless_it_says_so() -> None:
    assert graded({"length": {"max": 3}}, "abcd").reason == "has 4 characters, more than 3"
    assert graded({"length": {"min": 2}}, "a").reason == "has 1 character, fewer than 2"
    assert graded({"length": {"max": 2, "unit": "words"}, "of": {"regex": "x: (.*)"}}, "a b c x: d").passed
