"""What is sent for a prompt."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadInput
from lab.prompts import Example, Examples, FewShot, Filled, Prompt, Variable, build

TONE = FewShot("tone", 2, "", (Example("hi", "Hello."), Example("{{input}}", {"a": [1, "é"]})))
SUPPORT = Prompt("support", 3, system="You help with {{product}}.", variables={"product": Variable()})
PRODUCT = {"product": "Lab"}


def test_the_simplest_prompt() -> None:
    assert build(Prompt("p", 1, system="s"), None, "hi", {}) == Filled(
        prompt="p",
        version=1,
        messages=({"role": "user", "content": "hi"},),
        max_tokens=1024,
        system="s",
    )


def test_values_go_into_both_turns() -> None:
    prompt = replace(SUPPORT, user="About {{product}}: {{input}}")
    filled = build(prompt, None, "how?", PRODUCT)
    assert filled.system == "You help with Lab."
    assert filled.messages == ({"role": "user", "content": "About Lab: how?"},)


@given(st.text(), st.text(min_size=1).filter(str.strip))
def test_nothing_in_a_value_is_read_as_a_template(value: str, typed: str) -> None:
    value, typed = value + "{{input}}{{7*7}}", typed + "{{system}}{{product}}"
    filled = build(SUPPORT, None, typed, {"product": value})
    assert filled.system == f"You help with {value}."
    assert filled.messages[0]["content"] == typed


def test_examples_as_turns_are_written_with_the_prompts_own_template() -> None:
    prompt = replace(SUPPORT, user="[{{product}}] {{input}}", examples=Examples("tone"))
    assert build(prompt, TONE, "now", PRODUCT).messages == (
        {"role": "user", "content": "[Lab] hi"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "[Lab] {{input}}"},
        {"role": "assistant", "content": '{"a": [1, "é"]}'},
        {"role": "user", "content": "[Lab] now"},
    )


def test_examples_in_system_stand_below_its_text() -> None:
    prompt = replace(SUPPORT, examples=Examples("tone", "system"))
    filled = build(prompt, TONE, "now", PRODUCT)
    assert filled.system == (
        "You help with Lab.\n\nExamples of good answers:\n\n"
        "<example>\n<input>\nhi\n</input>\n<output>\nHello.\n</output>\n</example>\n\n"
        "<example>\n<input>\n{{input}}\n</input>\n"
        '<output>\n{"a": [1, "é"]}\n</output>\n</example>'
    )
    assert len(filled.messages) == 1
    alone = Prompt("p", 1, examples=Examples("tone", "system"))
    assert str(build(alone, TONE, "now", {}).system).startswith("Examples of good answers:")


@pytest.mark.parametrize(
    ("cache", "mark"), [("5m", {"type": "ephemeral"}), ("1h", {"type": "ephemeral", "ttl": "1h"})]
)
def test_the_breakpoint_stands_right_after_what_stays_the_same(cache: Any, mark: dict[str, str]) -> None:
    prompt = replace(SUPPORT, cache=cache)
    block = {"type": "text", "text": "You help with Lab.", "cache_control": mark}
    assert build(prompt, None, "x", PRODUCT).system == (block,)

    turns = build(replace(prompt, examples=Examples("tone")), TONE, "x", PRODUCT)
    assert turns.system == "You help with Lab."
    last = {"type": "text", "text": '{"a": [1, "é"]}', "cache_control": mark}
    assert turns.messages[-2] == {"role": "assistant", "content": [last]}
    assert [type(message["content"]) for message in turns.messages] == [str, str, str, list, str]

    inside = build(replace(prompt, examples=Examples("tone", "system")), TONE, "x", PRODUCT)
    assert [block["cache_control"] for block in inside.system] == [mark]
    assert json.dumps(inside.messages).count("cache_control") == 0


def test_automatic_caching_follows_the_conversation_behind_the_same_breakpoint() -> None:
    by_hand, auto = (build(replace(SUPPORT, cache=cache), None, "x", PRODUCT) for cache in ("5m", "auto"))
    assert (auto.system, auto.messages) == (by_hand.system, by_hand.messages)
    assert "cache_control" not in by_hand.options
    assert auto.options == {**by_hand.options, "cache_control": {"type": "ephemeral"}}
    alone = build(Prompt("p", 1, cache="auto"), None, "x", {})
    assert alone.options == {"cache_control": {"type": "ephemeral"}}


def test_a_blank_system_text_gets_no_breakpoint() -> None:
    prompt = Prompt("p", 1, system="{{a}}", variables={"a": Variable()}, cache="5m")
    assert build(prompt, None, "x", {"a": ""}).system == ""


@pytest.mark.parametrize(
    ("context", "block"),
    [
        (None, ""),
        ("", ""),
        (" \n", ""),
        ({}, ""),
        ([], ""),
        ("Order 7.\n", "Context:\nOrder 7.\n\n"),
        ({"order": 7}, 'Context:\n{\n  "order": 7\n}\n\n'),
        (["{{x}}"], 'Context:\n[\n  "{{x}}"\n]\n\n'),
        (0, "Context:\n0\n\n"),
    ],
)
def test_context_stands_before_the_question_and_never_in_system(context: Any, block: str) -> None:
    prompt = replace(SUPPORT, examples=Examples("tone"))
    filled = build(prompt, TONE, "now", PRODUCT, context)
    assert filled.messages[-1]["content"] == f"{block}now"
    assert filled.messages[0]["content"] == "hi"
    assert filled.system == "You help with Lab."


SCHEMA = {"type": "object", "properties": {}, "additionalProperties": False}
FORMAT = {"type": "json_schema", "schema": SCHEMA}


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({}, {}),
        ({"effort": "low"}, {"output_config": {"effort": "low"}}),
        ({"schema": SCHEMA}, {"output_config": {"format": FORMAT}}),
        ({"effort": "max", "schema": SCHEMA}, {"output_config": {"effort": "max", "format": FORMAT}}),
        ({"thinking": {"type": "disabled"}}, {"thinking": {"type": "disabled"}}),
        ({"stop_sequences": ("END",)}, {"stop_sequences": ["END"]}),
        ({"extra": {"service_tier": "auto"}}, {"service_tier": "auto"}),
        (
            {"effort": "low", "extra": {"output_config": {"task_budget": 5}}},
            {"output_config": {"task_budget": 5, "effort": "low"}},
        ),
        (
            {"extra": {"thinking": {"type": "enabled", "budget_tokens": 2000}}},
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
        ),
    ],
)
def test_options_speak_the_words_of_the_api(changes: dict[str, Any], options: dict[str, Any]) -> None:
    prompt = replace(SUPPORT, model="m", max_tokens=7, **changes)
    filled = build(prompt, None, "x", PRODUCT)
    assert (filled.options, filled.model, filled.max_tokens) == (options, "m", 7)


def test_building_changes_nothing_and_gives_the_same_again() -> None:
    prompt = replace(
        SUPPORT, effort="low", extra={"output_config": {"a": 1}}, examples=Examples("tone"), cache="1h"
    )
    before = repr((prompt, TONE))
    assert build(prompt, TONE, "x", PRODUCT, {"a": 1}) == build(prompt, TONE, "x", PRODUCT, {"a": 1})
    assert repr((prompt, TONE)) == before


@pytest.mark.parametrize(
    ("prompt", "fewshot", "typed", "context", "sentence"),
    [
        (
            replace(SUPPORT, examples=Examples("tone@2")),
            None,
            "x",
            None,
            "support@3 shows examples of tone@2; it cannot be built without.",
        ),
        (SUPPORT, TONE, "x", None, "support@3 shows no examples, but the set tone@2 was given."),
        (
            replace(SUPPORT, user="Sum up."),
            None,
            "x",
            None,
            "support@3 has no {{input}} in user, so it would lose what was typed.",
        ),
        (SUPPORT, None, " ", None, "There is nothing to ask: the turn for support@3 is blank."),
        (
            SUPPORT,
            None,
            "x",
            {1, 2},
            "The context must be text, or something that JSON can hold.",
        ),
        (
            replace(SUPPORT, user="{{input}}\n{{other}}"),
            None,
            "x",
            None,
            "support@3, user, line 2 of the text: there is no value for {{other}}.",
        ),
    ],
)
def test_what_does_not_belong_together_is_refused(
    prompt: Prompt, fewshot: FewShot | None, typed: str, context: Any, sentence: str
) -> None:
    with pytest.raises(BadInput) as refused:
        build(prompt, fewshot, typed, PRODUCT, context)
    assert str(refused.value) == sentence


def test_a_prompt_without_input_asks_by_itself() -> None:
    prompt = replace(SUPPORT, user="Sum up {{product}}.")
    assert build(prompt, None, "", PRODUCT).messages == ({"role": "user", "content": "Sum up Lab."},)
