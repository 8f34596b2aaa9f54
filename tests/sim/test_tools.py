"""Tools: what is refused about them, what they cost, which are called, and what is made of their results."""

import json

import anthropic
import pytest

from lab.sim import prompt

from .wire import NEW, OLD, events, question, run

PLACE = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
WEATHER = {"name": "get_weather", "description": "The weather at a place today.", "input_schema": PLACE}
ORDER = {
    "name": "find_order",
    "description": "Finds a customer's order by its number.",
    "input_schema": {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]},
}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}
TOOLS = [WEATHER, ORDER]
BOTH = "How is the weather in Bern, and where is order 4711?"
CALL = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"place": "Bern"}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "Sunny, 31 degrees."}


def loop(*result: dict, call: dict = CALL) -> list[dict]:
    """A question, a call of a tool, and what came of it."""
    asked = {"role": "user", "content": "How is the weather in Bern?"}
    said = {"role": "assistant", "content": [call]}
    return [asked, said, *([{"role": "user", "content": [*result]}] if result else [])]


TEXT = {"type": "text", "text": "there"}
WRONG = [
    ({"tools": [{"input_schema": PLACE}]}, "tools.0.name"),
    ({"tools": [{**WEATHER, "name": "get weather"}]}, "tools.0.name"),
    ({"tools": [WEATHER, WEATHER]}, "unique"),
    ({"tools": [{"name": "a"}]}, "tools.0.input_schema"),
    ({"tools": [{"name": "a", "input_schema": {"type": "string"}}]}, "tools.0.input_schema"),
    ({"tools": TOOLS, "tool_choice": {"type": "some"}}, "tool_choice.type"),
    ({"tool_choice": {"type": "auto"}}, "together with tools"),
    ({"tools": TOOLS, "tool_choice": {"type": "tool", "name": "clock"}}, "no tool 'clock'"),
    (
        {"tools": TOOLS, "tool_choice": {"type": "any"}, "max_tokens": 2000,
         "thinking": {"type": "enabled", "budget_tokens": 1024}}, "thinking enabled",
    ),
    ({"tools": TOOLS, "messages": loop()}, "no tool_result for toolu_1"),
    ({"tools": TOOLS, "messages": loop(TEXT)}, "no tool_result for toolu_1"),
    ({"tools": TOOLS, "messages": loop(TEXT, RESULT)}, "must come first"),
    ({"tools": TOOLS, "messages": loop({**RESULT, "tool_use_id": "toolu_2"})}, "just before it for toolu_2"),
    ({"tools": TOOLS, "messages": loop(RESULT)[2:]}, "just before it for toolu_1"),
    ({"tools": TOOLS, "messages": [*loop(RESULT), *loop(RESULT)[1:]]}, "must be unique"),
    ({"tools": TOOLS, "messages": loop(RESULT, call={"type": "tool_use", "id": "toolu_1"})}, "need an id"),
    ({"tools": TOOLS, "messages": [{"role": "user", "content": [CALL]}]}, "assistant's turns"),
    ({"tools": TOOLS, "messages": [{"role": "user", "content": "[[tool clock]] please"}]}, "no such tool"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_refused(fields, sentence):
    async def test(server, client):
        with pytest.raises(anthropic.BadRequestError) as caught:
            await client.messages.create(**question(), extra_body=fields)
        assert sentence in caught.value.api_message

    run(test)


@pytest.mark.parametrize(
    ("model", "auto", "forced"),
    [(NEW, 286, None), ("claude-haiku-5-5", 286, 406), ("claude-opus-4-7", 675, 804), (OLD, 496, 588)],
)
def test_the_hidden_prompt_is_counted_with_any_tool(model, auto, forced):
    async def test(server, client):
        async def counted(**fields) -> int:
            asked = {"model": model, "messages": [{"role": "user", "content": "Hi"}], **fields}
            return (await client.messages.count_tokens(**asked)).input_tokens

        body = {"tools": [WEATHER], "messages": []}
        bare = prompt.blocks(body, 1.0 if model == OLD else prompt.NEW_TOKENIZER)[0].tokens
        without, kinds = await counted(), {"auto": auto, "none": auto, "any": forced}
        for kind, hidden in kinds.items():
            if hidden:
                assert await counted(tools=[WEATHER], tool_choice={"type": kind}) == without + hidden + bare

    run(test)


@pytest.mark.parametrize(
    ("text", "fields", "names"),
    [
        ("How is the weather in Bern?", {}, ["get_weather"]),
        ("Where is order 4711?", {}, ["find_order"]),
        (BOTH, {}, ["find_order", "get_weather"]),
        (BOTH, {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}, ["get_weather"]),
        (BOTH, {"tool_choice": {"type": "none"}}, []),
        ("Tell me a joke.", {}, []),
        ("Tell me a joke.", {"tool_choice": {"type": "any"}}, ["get_weather"]),
        ("Tell me a joke.", {"tool_choice": {"type": "tool", "name": "find_order"}}, ["find_order"]),
        ("Tell me a joke. [[tool find_order]]", {}, ["find_order"]),
        ("Search the web for a joke.", {"tools": [SEARCH]}, []),
    ],
)
def test_which_tools_are_called(text, fields, names):
    async def test(server, client):
        answer = await client.messages.create(**question(text, **{"tools": TOOLS, **fields}))
        called = [block for block in answer.content if block.type == "tool_use"]
        assert sorted(block.name for block in called) == names
        assert answer.stop_reason == ("tool_use" if names else "end_turn")
        assert len({block.id for block in called if block.id.startswith("toolu_")}) == len(names)
        assert "simulated" in answer.content[0].text.lower()
        given = {block.name: block.input for block in called}
        if "4711" in text and names:
            assert given.get("find_order", {"number": 4711}) == {"number": 4711}
        if "Bern" in text and names:
            assert "Bern" in given.get("get_weather", {"place": "Bern"})["place"]

    run(test)


def test_a_call_is_streamed_as_split_json():
    async def test(server, client):
        found = await events(client, BOTH, tools=TOOLS)
        opened = [event.content_block for event in found if event.type == "content_block_start"]
        assert [block.type for block in opened] == ["text", "tool_use", "tool_use"]
        assert [block.input for block in opened[1:]] == [{}, {}]
        for index, block in enumerate(opened[1:], 1):
            deltas = [one.delta for one in found if one.type == "content_block_delta" and one.index == index]
            pieces = [delta.partial_json for delta in deltas]
            assert {delta.type for delta in deltas} == {"input_json_delta"}
            assert pieces[0] == "" and len(pieces) > 3
            names = ["number"] if block.name == "find_order" else ["place"]
            assert list(json.loads("".join(pieces))) == names
        delta = found[-2]
        assert delta.delta.stop_reason == "tool_use"
        assert delta.usage.output_tokens == server.stats.billed.output_tokens
        async with client.messages.stream(**question(BOTH, tools=TOOLS)) as stream:
            streamed = await stream.get_final_message()
        whole = await client.messages.create(**question(BOTH, tools=TOOLS))
        assert [getattr(block, "input", None) for block in streamed.content] == [
            getattr(block, "input", None) for block in whole.content
        ]

    run(test)


def test_a_call_that_does_not_fit_is_cut():
    async def test(server, client):
        asked = question("How is the weather in Bern?", tools=TOOLS, max_tokens=15)
        answer = await client.messages.create(**asked)
        assert (answer.stop_reason, answer.usage.output_tokens) == ("max_tokens", 15)
        assert (answer.content[-1].type, answer.content[-1].input) == ("tool_use", {})
        whole = await client.messages.create(**{**asked, "max_tokens": 500})
        just = await client.messages.create(**{**asked, "max_tokens": whole.usage.output_tokens})
        assert just.stop_reason == "tool_use" and just.content[-1].input == whole.content[-1].input
        found = await events(client, "How is the weather in Bern?", tools=TOOLS, max_tokens=15)
        begun = "".join(
            getattr(one.delta, "partial_json", "") for one in found if one.type == "content_block_delta"
        )
        assert begun.startswith("{") and not begun.endswith("}")

    run(test)


@pytest.mark.parametrize("content", ["Sunny, 31 degrees.", [{"type": "text", "text": "Sunny, 31 degrees."}]])
def test_a_result_is_used(content):
    async def test(server, client):
        first = await client.messages.create(**question("How is the weather in Bern?", tools=TOOLS))
        (call,) = [block for block in first.content if block.type == "tool_use"]
        result = {"type": "tool_result", "tool_use_id": call.id, "content": content}
        messages = [
            {"role": "user", "content": "How is the weather in Bern?"},
            {"role": "assistant", "content": first.content},
            {"role": "user", "content": [result]},
        ]
        answer = await client.messages.create(**question(messages=messages, tools=TOOLS))
        assert answer.stop_reason == "end_turn" and [block.type for block in answer.content] == ["text"]
        assert "Sunny, 31 degrees." in answer.content[0].text and "simulated" in answer.content[0].text
        schema = {"type": "object", "properties": {"degrees": {"type": "integer"}}}
        output = {"format": {"type": "json_schema", "schema": schema}}
        shaped = await client.messages.create(
            **question(messages=messages, tools=TOOLS, output_config=output)
        )
        assert json.loads(shaped.content[0].text) == {"degrees": 31}
        forced = question(messages=messages, tools=TOOLS, tool_choice={"type": "any"})
        assert (await client.messages.create(**forced)).stop_reason == "tool_use"

    run(test)
