"""What a model takes: each sentence, and that the simulated API agrees."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from lab.capability import check
from lab.errors import BadInput
from lab.models import Model, catalogue
from lab.sim import checks
from lab.sim.http import Problem
from lab.types import Message

MODELS = catalogue()


@pytest.mark.parametrize(
    ("name", "max_tokens", "options", "said"),
    [
        ("claude-haiku-4-5", 64_001, {}, "max_tokens is 64,001, but claude-haiku-4-5 writes at most 64,000."),
        ("claude-haiku-4-5", 0, {}, "max_tokens is 0, but must be at least 1."),
        ("claude-haiku-4-5", -5, {}, "max_tokens is -5, but must be at least 1."),
        (
            "claude-opus-4-5", 1, {"output_config": {"effort": "max"}},
            "claude-opus-4-5 does not take effort 'max'; it takes low, medium, high.",
        ),
        (
            "claude-haiku-4-5", 1, {"output_config": {"effort": "low"}},
            "claude-haiku-4-5 does not take effort 'low'; leave output_config.effort out.",
        ),
        (
            "claude-opus-4-6", 1, {"output_config": {"effort": "xhigh"}},
            "claude-opus-4-6 does not take effort 'xhigh'; it takes low, medium, high, max.",
        ),
        (
            "claude-opus-5-5", 2048, {"thinking": {"type": "disabled"}},
            "claude-opus-5-5 does not take thinking 'disabled'; it takes adaptive.",
        ),
        (
            "claude-haiku-5-5", 9, {"thinking": {"type": "disabled"}, "output_config": {"effort": "max"}},
            "claude-haiku-5-5 always thinks at effort max; lower it, or leave thinking 'disabled' out.",
        ),
        (
            "claude-haiku-4-5", 2048, {"thinking": {"type": "enabled", "budget_tokens": 2048}},
            "thinking 'enabled' needs budget_tokens from 1,024 to below max_tokens (2,048), not 2048.",
        ),
        (
            "claude-opus-5-5", 9, {"tool_choice": {"type": "any"}},
            "claude-opus-5-5 cannot be made to use a tool; leave tool_choice 'any' out, or say auto.",
        ),
        (
            "claude-haiku-4-5", 9, {"inference_geo": "us"},
            "claude-haiku-4-5 cannot be told where to run; leave inference_geo out.",
        ),
        (
            "claude-haiku-4-5", 9, {"temperature": 1, "top_k": 5},
            "The Claude API no longer takes temperature, top_k; leave it out.",
        ),
    ],
)  # fmt: skip
def test_check_says_what_the_api_would_refuse(name: str, max_tokens: int, options: dict, said: str):
    with pytest.raises(BadInput) as caught:
        check(MODELS[name], max_tokens, options)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("name", "max_tokens", "options"),
    [
        ("claude-haiku-4-5", 64_000, {}),
        ("claude-haiku-4-5", 1, {"output_config": {"effort": None}}),
        ("claude-haiku-4-5", 1, {"output_config": {"format": {"type": "json_schema", "schema": {}}}}),
        ("claude-opus-4-7", 128_000, {"output_config": {"effort": "xhigh"}}),
        ("claude-opus-4-5", 1, {"output_config": "high"}),
        ("claude-haiku-4-5", 2048, {"thinking": {"type": "enabled", "budget_tokens": 1024}}),
        ("claude-opus-5-5", 9, {"thinking": {"type": "adaptive"}, "tool_choice": {"type": "auto"}}),
    ],
)
def test_check_lets_the_rest_pass(name: str, max_tokens: int, options: dict):
    check(MODELS[name], max_tokens, options)


def test_a_model_of_another_endpoint_takes_what_it_takes():
    own = Model("gemma3:27b", endpoint="ollama")
    check(own, 10**9, {"output_config": {"effort": "utmost"}, "temperature": 0.2})


def turn(role: str) -> Message:
    return {"role": role, "content": "x"}


@pytest.mark.parametrize(
    ("name", "messages", "said"),
    [
        ("claude-opus-5-5", [turn("user"), turn("assistant")], "does not go on with a begun answer"),
        ("claude-sonnet-5", [turn("user"), turn("system")], "takes no system messages between the turns"),
    ],
)
def test_check_of_the_turns(name: str, messages: list[Message], said: str):
    with pytest.raises(BadInput, match=said):
        check(MODELS[name], 9, {}, messages)


EFFORTS = (None, "low", "high", "xhigh", "max")
THINKING = (None, "adaptive", "enabled", "disabled", "between_tools")


def refused(model: Model, options: Mapping[str, Any], messages: list[Message]) -> bool:
    try:
        check(model, 2048, options, messages)
    except BadInput:
        return True
    return False


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.id)
def test_the_simulated_api_refuses_the_same(model: Model):
    roles = (["user"], ["user", "assistant"])
    for effort, kind, tool, turns in product(EFFORTS, THINKING, ("auto", "any"), roles):
        thinking = {"type": kind, "budget_tokens": 1024} if kind == "enabled" else {"type": kind}
        options = {"output_config": {"effort": effort}, "tool_choice": {"type": tool}} | (
            {"thinking": thinking} if kind else {}
        )
        messages = [turn(role) for role in turns]
        body = {"max_tokens": 2048, "messages": messages, "stream": True, "thinking": {}} | options
        try:
            checks.allowed(body, model, checks.CURRENT)
            said = False
        except Problem:
            said = True
        assert refused(model, options, messages) == said, (effort, kind, tool, turns)
