"""Answers, streamed and whole, as the SDK sees them."""

import anthropic
import pytest

from lab.models import catalogue
from lab.sim import tools
from lab.sim.events import Part, frames
from lab.sim.skill import Pace

from .wire import NEW, OLD, events, question, run, texts, until

LONG = "All work and no play makes a long prompt. " * 600


def test_event_order_and_usage():
    async def test(server, client):
        found = await events(client)
        kinds = [event.type for event in found]
        assert kinds[:2] == ["message_start", "content_block_start"]
        assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
        assert set(kinds[2:-3]) == {"content_block_delta"}
        start, delta = found[0].message, found[-2]
        assert (start.usage.output_tokens, start.usage.cache_creation.ephemeral_1h_input_tokens) == (1, 0)
        assert (start.usage.service_tier, start.usage.speed) == ("standard", "standard")
        assert delta.usage.output_tokens == len(texts(found)) == server.stats.billed.output_tokens
        assert delta.usage.input_tokens == start.usage.input_tokens == server.stats.billed.input_tokens
        assert delta.delta.stop_reason == "end_turn"
        assert start.id.startswith("msg_")

    run(test)


def test_the_wire_has_pings_names_and_one_chunk_an_event():
    async def test(server, client):
        async with client.messages.with_streaming_response.create(**question(), stream=True) as response:
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            wire = "".join([text async for text in response.iter_text()])
        parts = [part.split("\n")[0] for part in wire.split("\n\n")]
        assert parts[1:3] == ["event: content_block_start", "event: ping"]

    run(test)


@pytest.mark.parametrize("model", [OLD, NEW])
def test_whole_and_streamed_answers_are_the_same_and_say_what_they_are(model):
    async def test(server, client):
        whole = await client.messages.create(**question(model=model))
        async with client.messages.stream(**question(model=model)) as stream:
            streamed = await stream.get_final_message()
        assert whole.content[-1].text == streamed.content[-1].text
        assert "simulated" in whole.content[-1].text and "Which way is up?" in whole.content[-1].text
        assert whole.usage.output_tokens == streamed.usage.output_tokens
        assert whole.usage.output_tokens_details == streamed.usage.output_tokens_details
        assert whole.stop_reason == streamed.stop_reason == "end_turn"
        return whole.content[-1].text

    assert run(test) == run(test)
    assert run(test) != run(test, seed=1)


def test_thinking_comes_first_and_is_counted():
    async def test(server, client):
        found = await events(client, model=NEW)
        opened = [event.content_block.type for event in found if event.type == "content_block_start"]
        deltas = [event.delta.type for event in found if event.type == "content_block_delta"]
        assert opened == ["thinking", "text"]
        assert deltas[0] == "signature_delta" and set(deltas[1:]) == {"text_delta"}
        thought = found[-2].usage.output_tokens_details.thinking_tokens
        assert thought > 0 and found[-2].usage.output_tokens == thought + len(texts(found))
        shown = await client.messages.create(
            **question(model=NEW, thinking={"type": "adaptive", "display": "summarized"})
        )
        assert "simulated" in shown.content[0].thinking and shown.content[0].signature
        opus = "claude-opus-5"
        off = await client.messages.create(**question(model=opus, thinking={"type": "disabled"}))
        assert [block.type for block in off.content] == ["text"]

    run(test)


@pytest.mark.parametrize(
    ("pace", "total"),
    [(Pace(0, 0, 3), 0), (Pace(0.4, 0.01, 3), 0.4 * 0.25 + 9 * 0.01), (Pace(), 0.2125)],
)
def test_the_pace_of_frames(pace, total):
    counts = {"output_tokens": 10, "output_tokens_details": {"thinking_tokens": 0}}
    stop = {"stop_reason": "end_turn", "stop_sequence": None, "stop_details": None}
    words = Part({"type": "text", "text": "word " * 10}, [("text", "word ", 1)] * 10)
    found = frames({"content": [words.block], **stop, "usage": counts}, [words], {}, pace)
    assert sum(gap for _, gap, _ in found) == pytest.approx(total)


def test_limits_of_an_answer():
    async def test(server, client):
        short = await client.messages.create(**question(max_tokens=5))
        assert (short.stop_reason, short.usage.output_tokens) == ("max_tokens", 5)
        stopped = await client.messages.create(**question(stop_sequences=["nowhere", "answer"]))
        assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "answer")
        assert stopped.content[0].text == "This is a simulated"
        words = await events(client, "[[words 200]]")
        assert len(texts(words)) == 200 == len("".join(texts(words)).split())
        thin = await client.messages.create(**question(model=NEW, max_tokens=1))
        assert (thin.stop_reason, thin.usage.output_tokens) == ("max_tokens", 1)

    run(test)


def test_count_tokens_is_the_usage():
    tool = {"name": "clock", "input_schema": {"type": "object", "properties": {}}}
    prompt = {
        "system": "Be brief.",
        "tools": [tool],
        "messages": [
            {"role": "user", "content": "What time is it? Ünïcode 😀"},
            {"role": "assistant", "content": [{"type": "text", "text": "Late."}]},
            {"role": "user", "content": [{"type": "text", "text": "How late?"}]},
        ],
    }

    async def test(server, client):
        sizes = []
        for model in (OLD, NEW):
            counted = await client.messages.count_tokens(model=model, **prompt)
            message = await client.messages.create(model=model, max_tokens=50, **prompt)
            assert counted.input_tokens == message.usage.input_tokens
            hidden = tools.hidden(prompt | {"tool_choice": {}}, catalogue()[model])
            sizes.append(counted.input_tokens - hidden)
        assert 1.2 < sizes[1] / sizes[0] < 1.45
        assert (server.stats.count_tokens, server.stats.requests) == (2, 2)

    run(test)


def test_caching_over_the_wire():
    async def test(server, client):
        asked = question(LONG, cache_control={"type": "ephemeral"})
        first = await client.messages.create(**asked)
        again = await client.messages.create(**asked)
        size = first.usage.cache_creation_input_tokens
        assert size > 1024 and first.usage.input_tokens == 0
        assert first.usage.cache_creation.ephemeral_5m_input_tokens == size
        assert (again.usage.cache_read_input_tokens, again.usage.cache_creation_input_tokens) == (size, 0)
        other = await client.with_options(api_key="other").messages.create(**asked)
        assert other.usage.cache_read_input_tokens == 0
        fast = await client.messages.create(**asked, speed="fast")
        assert (fast.usage.cache_read_input_tokens, fast.usage.speed) == (0, "fast")
        async with client.messages.stream(**asked) as stream:
            start = await anext(aiter(stream))
        assert start.message.usage.cache_read_input_tokens == size
        await until(lambda: server.stats.open == 0)
        billed = server.stats.billed
        assert (billed.cache_creation_input_tokens, billed.cache_read_input_tokens) == (3 * size, 2 * size)

    run(test)


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({"thinking": {"type": "adaptive"}}, True),  # as by default
        ({"output_config": {"effort": "medium"}}, True),
        ({"output_config": {"effort": "low"}}, False),
        ({"thinking": {"type": "adaptive", "display": "summarized"}}, True),
        ({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}, False),
        ({"max_tokens": 9, "stop_sequences": ["x"], "metadata": {"user_id": "u"}}, True),
    ],
)
def test_what_else_the_messages_cache_hangs_on(changed, kept):
    async def test(server, client):
        cached = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]
        asked = question(LONG, model=NEW, system=cached, cache_control={"type": "ephemeral"})
        whole = (await client.messages.create(**asked)).usage.cache_creation_input_tokens
        read = (await client.messages.create(**{**asked, **changed})).usage.cache_read_input_tokens
        assert (read == whole) == kept and read >= whole // 3  # the system prompt is always kept

    run(test)


def test_prewarming_answers_nothing_and_writes():
    async def test(server, client):
        asked = question(LONG, cache_control={"type": "ephemeral"})
        warm = await client.messages.create(**{**asked, "max_tokens": 0})
        assert (warm.content, warm.stop_reason, warm.usage.output_tokens) == ([], "max_tokens", 0)
        assert (await client.messages.create(**asked)).usage.cache_read_input_tokens > 1024

    run(test)


def test_headers_and_ids():
    async def test(server, client):
        raw = await client.messages.with_raw_response.create(**question())
        assert raw.headers["request-id"].startswith("req_")
        assert raw.headers["anthropic-organization-id"] and raw.headers["anthropic-workspace-id"]
        for kind in ("requests", "tokens", "input-tokens", "output-tokens"):
            for part in ("limit", "remaining", "reset"):
                assert raw.headers[f"anthropic-ratelimit-{kind}-{part}"]
        prefixed = client.with_options(base_url=f"{server.url}/some/prefix")
        stream = await prefixed.messages.create(**question(), stream=True)
        assert stream.response.headers["request-id"].startswith("req_")
        assert [event.type async for event in stream][-1] == "message_stop"
        with pytest.raises(anthropic.NotFoundError) as caught:
            await client.with_options(base_url=f"{server.url}/v1").messages.create(**question())
        body = caught.value.body
        assert body["type"] == "error" and body["error"]["type"] == "not_found_error"
        assert body["request_id"] == caught.value.request_id

    run(test)


def test_x_api_key_serves_as_well_and_none_does_not():
    async def test(server, client):
        headers = {"x-api-key": "old", "Authorization": anthropic.omit}
        old = client.with_options(default_headers=headers)
        assert (await old.messages.create(**question())).stop_reason == "end_turn"
        none = client.with_options(default_headers={"Authorization": anthropic.omit})
        with pytest.raises(anthropic.AuthenticationError) as caught:
            await none.messages.create(**question(), extra_headers={"Authorization": anthropic.omit})
        assert caught.value.type == "authentication_error"

    run(test)


def test_models_and_their_pages():
    async def test(server, client):
        everything = [model.id async for model in client.models.list()]
        first = await client.models.list(limit=2)
        assert [model.id for model in first.data] == everything[:2] and first.has_more
        assert [model.id async for model in client.models.list(limit=2)] == everything
        before = await client.models.list(limit=2, before_id=everything[5])
        assert [model.id for model in before.data] == everything[3:5]
        retired = [model.id async for model in client.models.list(lifecycle=["retired"])]
        assert not set(retired) & set(everything)
        one = await client.models.retrieve(NEW)
        assert (one.max_tokens, one.line, one.capabilities.thinking.types.disabled.supported) == (
            128000, "opus", False,
        )  # fmt: skip
        assert one.capabilities.effort.max.supported
        old = await client.models.retrieve("claude-haiku-4-5-20251001")
        assert old.id == OLD and not old.capabilities.effort.supported
        with pytest.raises(anthropic.NotFoundError):
            await client.models.retrieve("claude-none")
        with pytest.raises(anthropic.BadRequestError):
            await client.models.list(limit=2, after_id="claude-none")
        with pytest.raises(anthropic.BadRequestError):
            await client.models.list(limit=0)

    run(test)
