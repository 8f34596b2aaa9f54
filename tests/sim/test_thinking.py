"""Thinking: who thinks when, what of it is shown and how it streams, and replayed thoughts."""

import anthropic
import pytest

from .test_tools import TOOLS
from .wire import NEW, OLD, events, question, run, texts

ASKED = {"role": "user", "content": "How is the weather in Bern?"}
BUDGET = {"type": "enabled", "budget_tokens": 1024}
ADAPTIVE, SHOWN = {"type": "adaptive"}, {"type": "adaptive", "display": "summarized"}
BETWEEN, OFF = {"type": "between_tools"}, {"type": "disabled"}


@pytest.mark.parametrize(
    ("model", "thinking", "thinks", "shown"),
    [
        (NEW, None, True, False),
        (NEW, SHOWN, True, True),
        ("claude-opus-5", None, True, False),
        ("claude-opus-5", OFF, False, False),
        ("claude-opus-4-8", None, False, False),
        ("claude-opus-4-8", ADAPTIVE, True, False),
        ("claude-opus-4-6", ADAPTIVE, True, True),
        ("claude-opus-4-5", BUDGET, True, True),
        (OLD, None, False, False),
        (OLD, BUDGET, True, True),
        (OLD, {**BUDGET, "display": "omitted"}, True, False),
        ("claude-sonnet-5-5", BETWEEN, False, False),
    ],
)
def test_who_thinks_and_what_is_shown(model, thinking, thinks, shown):
    async def test(server, client):
        fields = {"model": model, "max_tokens": 2000, **({"thinking": thinking} if thinking else {})}
        found = await events(client, **fields)
        kinds = [one.delta.type for one in found if one.type == "content_block_delta" and one.index == 0]
        opened = [one.content_block.type for one in found if one.type == "content_block_start"]
        assert opened == ["thinking"] * thinks + ["text"]
        if thinks:
            assert kinds[-1] == "signature_delta" and kinds.count("signature_delta") == 1
            assert (kinds.count("thinking_delta") > 3) == shown == (len(kinds) > 1)
        usage = found[-2].usage
        assert (usage.output_tokens_details.thinking_tokens > 0) == thinks
        assert usage.output_tokens == usage.output_tokens_details.thinking_tokens + len(texts(found))

    run(test)


@pytest.mark.parametrize(
    ("model", "thinking", "sentence"),
    [
        (OLD, {"type": "enabled"}, "at least 1024"),
        (OLD, {"type": "enabled", "budget_tokens": 1023}, "at least 1024"),
        (OLD, {"type": "enabled", "budget_tokens": 2000}, "below max_tokens"),
        (OLD, {"display": "omitted"}, "thinking.type"),
        (OLD, {"type": "deep"}, "thinking.type"),
        (NEW, {"type": "adaptive", "budget_tokens": 1024}, "adaptive takes no budget_tokens"),
        (NEW, {"type": "adaptive", "display": "whole"}, "thinking.display"),
        ("claude-sonnet-5-5", {**BETWEEN, "display": "omitted"}, "between_tools takes no display"),
    ],
)
def test_refused(model, thinking, sentence):
    async def test(server, client):
        with pytest.raises(anthropic.BadRequestError, match=sentence):
            await client.messages.create(**question(model=model, max_tokens=2000, thinking=thinking))
        if "below" not in sentence:
            with pytest.raises(anthropic.BadRequestError, match=sentence):
                await client.messages.count_tokens(model=model, messages=[ASKED], thinking=thinking)

    run(test)


async def looped(client, model: str, **fields) -> tuple[dict, list, list]:
    """What was asked, the kinds of blocks of the answer, and the messages that go on with the result."""
    asked = question(messages=[ASKED], model=model, tools=TOOLS, **fields)
    first = await client.messages.create(**asked)
    use = first.content[-1]
    result = {"type": "tool_result", "tool_use_id": use.id, "content": "Sunny."}
    blocks = [block.model_dump(exclude_none=True) for block in first.content]
    turns = [ASKED, {"role": "assistant", "content": blocks}, {"role": "user", "content": [result]}]
    return asked, [block.type for block in first.content], turns


@pytest.mark.parametrize(
    ("model", "fields", "before", "after"),
    [
        (NEW, {}, ["thinking"], ["thinking"]),
        ("claude-sonnet-5-5", {"thinking": BETWEEN}, [], ["thinking"]),
        ("claude-opus-5", {"thinking": OFF}, [], []),
    ],
)
def test_thoughts_between_tools(model, fields, before, after):
    async def test(server, client):
        asked, kinds, turns = await looped(client, model, **fields)
        assert kinds == [*before, "text", "tool_use"]
        second = await client.messages.create(**{**asked, "messages": turns})
        assert [block.type for block in second.content] == [*after, "text"]
        assert "Sunny." in second.content[-1].text

    run(test)


def changed(asked: dict, turns: list, what: str) -> dict:
    """The second request of a tool loop with one thing changed."""
    first, said, result = turns
    thought, *rest = said["content"]
    altered = {
        "signature": {**thought, "signature": "c2lnbmF0dXJl"},
        "text": {**thought, "thinking": "Another thought."},
        "unsigned": {"type": "thinking", "thinking": "Hm."},
    }
    if what in altered:
        said = {**said, "content": [altered[what], *rest]}
    fields = {
        "history": {"messages": [{**first, "content": "How is the weather in Basel?"}, said, result]},
        "system": {"system": "Be brief."},
        "tools": {"tools": TOOLS[::-1]},
        "model": {"model": "claude-opus-5"},
        "dropped": {
            "messages": [{**first, "content": "Weather in Basel?"}, {**said, "content": rest}, result]
        },
        "marked": {"messages": [{**first, "content": [{"type": "text", "text": first["content"],
                                 "cache_control": {"type": "ephemeral"}}]}, said, result]},
        "user": {"messages": [first, said, {**result, "content": [*result["content"], thought]}]},
    }  # fmt: skip
    return {**asked, "messages": [first, said, result], **fields.get(what, {})}


@pytest.mark.parametrize(
    ("model", "what", "sentence"),
    [
        *((NEW, what, "signature") for what in ("signature", "text", "unsigned")),
        *((NEW, what, "has changed") for what in ("history", "system", "tools")),
        *(("claude-opus-5", what, "signature") for what in ("signature", "text", "unsigned")),
        *(("claude-opus-5", what, None) for what in ("history", "system", "tools")),
        *((NEW, what, None) for what in ("nothing", "marked", "dropped", "model")),
        (NEW, "user", "only the assistant thinks"),
    ],
)
def test_a_replayed_thought_must_be_as_it_was(model, what, sentence):
    async def test(server, client):
        asked, _, turns = await looped(client, model)
        if sentence is None:
            answer = await client.messages.create(**changed(asked, turns, what))
            assert answer.stop_reason == "end_turn"
            return
        with pytest.raises(anthropic.BadRequestError, match=sentence):
            await client.messages.create(**changed(asked, turns, what))

    run(test)


def test_another_models_thought_is_left_out_and_costs_nothing():
    async def test(server, client):
        asked, _, turns = await looped(client, NEW)
        other = {"model": "claude-opus-5", "tools": TOOLS}
        without = [turns[0], {**turns[1], "content": turns[1]["content"][1:]}, turns[2]]
        sizes = [
            (await client.messages.count_tokens(messages=messages, **other)).input_tokens
            for messages in (turns, without)
        ]
        own = await client.messages.count_tokens(messages=turns, model=NEW, tools=TOOLS)
        assert sizes[0] == sizes[1] < own.input_tokens

    run(test)


def test_the_context_window_is_the_end():
    async def test(server, client):
        words = "word " * 199_970
        asked = question(words, max_tokens=500)
        cut = await client.messages.create(**asked)
        left = 200_000 - cut.usage.input_tokens
        assert 0 < left < 500
        assert (cut.stop_reason, cut.usage.output_tokens) == ("model_context_window_exceeded", left)
        with pytest.raises(anthropic.BadRequestError, match="too long"):
            await client.messages.create(**question(words + words, max_tokens=500))

    run(test)
