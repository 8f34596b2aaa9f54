"""Message Batches through the SDK, on a clock that stands still until it is put forward."""

import json

import anthropic
import httpx2
import pytest

from .test_limits import LONG, advance
from .wire import NEW, question, run, texts

SECONDS, DAY = 60, 86_400


def items(*texts: str, **fields) -> list[dict]:
    return [{"custom_id": f"item-{at}", "params": question(text, **fields)} for at, text in enumerate(texts)]


def frozen(test) -> None:
    run(test, speed=1, clock=lambda: 0.0)


async def results(client, id: str) -> dict:
    return {one.custom_id: one.result async for one in await client.messages.batches.results(id)}


def test_the_life_of_a_batch():
    async def test(server, client):
        batch = await client.messages.batches.create(requests=items(*(f"Is {n} even?" for n in range(20))))
        assert batch.id.startswith("msgbatch_") and batch.type == "message_batch"
        assert (batch.expires_at - batch.created_at).total_seconds() == DAY
        assert (batch.ended_at, batch.results_url, batch.archived_at) == (None, None, None)
        await advance(client, SECONDS - 1)
        batch = await client.messages.batches.retrieve(batch.id)
        assert (batch.processing_status, batch.request_counts.processing) == ("in_progress", 20)
        with pytest.raises(anthropic.AnthropicError):
            await client.messages.batches.results(batch.id)
        with pytest.raises(anthropic.BadRequestError, match="not ended"):
            await client.messages.batches.delete(batch.id)
        await advance(client, 1)
        batch = await client.messages.batches.retrieve(batch.id)
        assert (batch.processing_status, batch.request_counts.succeeded) == ("ended", 20)
        assert batch.request_counts.processing == 0
        assert (batch.ended_at - batch.created_at).total_seconds() == SECONDS
        assert batch.results_url.startswith(f"{server.url}/v1/messages/batches/{batch.id}")
        found = await results(client, batch.id)
        assert set(found) == {f"item-{n}" for n in range(20)} and list(found) != sorted(found)
        assert list(await results(client, batch.id)) == list(found)
        assert found["item-7"].message.content[0].text.count("Is 7 even?") == 1
        assert {one.message.usage.service_tier for one in found.values()} == {"batch"}
        used = [one.message.usage for one in found.values()]
        assert server.stats.batched.input_tokens == sum(one.input_tokens for one in used)
        assert server.stats.batched.output_tokens == sum(one.output_tokens for one in used)
        assert (server.stats.requests, server.stats.billed.input_tokens) == (0, 0)
        gone = await client.messages.batches.delete(batch.id)
        assert (gone.id, gone.type) == (batch.id, "message_batch_deleted")
        with pytest.raises(anthropic.NotFoundError):
            await client.messages.batches.retrieve(batch.id)

    frozen(test)


def test_an_item_is_answered_like_a_call_and_its_faults_are_its_own():
    asked = {
        "plain": question("Is it late?"),
        "thinks": question("Is it late?", model=NEW),
        "refused": question("Is it late? [[refuse cyber]]"),
        "overloaded": question("[[529]]"),
        "broken": question("[[error overloaded_error after 3]]"),
        "cut": question("[[cut after 3]]"),
        "once": question("Hello [[500 once]]"),
        "nobody": question(model="claude-none"),
        "sampled": {**question(), "temperature": 0.5},
        "streamed": {**question(), "stream": True},
        "fast": {**question(), "speed": "fast"},
        "warming": question(max_tokens=0),
        "empty": {},
        "hung": question("[[hang 1]]"),
    }
    errors = {
        **dict.fromkeys(("overloaded", "broken"), "overloaded_error"),
        **dict.fromkeys(("cut", "once"), "api_error"),
        "nobody": "not_found_error",
        **dict.fromkeys(("sampled", "streamed", "fast", "warming", "empty"), "invalid_request_error"),
    }

    async def test(server, client):
        requests = [{"custom_id": name, "params": params} for name, params in asked.items()]
        batch = await client.messages.batches.create(requests=requests)
        await advance(client, DAY - 1)
        assert (await client.messages.batches.retrieve(batch.id)).processing_status == "in_progress"
        await advance(client, 1)
        batch = await client.messages.batches.retrieve(batch.id)
        counts = batch.request_counts
        assert (counts.succeeded, counts.errored, counts.expired, counts.canceled) == (3, len(errors), 1, 0)
        found = await results(client, batch.id)
        failed = {name: one for name, one in found.items() if one.type == "errored"}
        assert {name: one.error.error.type for name, one in failed.items()} == errors
        assert all(one.error.request_id.startswith("req_") for one in failed.values())
        assert found["hung"].type == "expired"
        assert found["refused"].message.stop_details.category == "cyber"
        assert [block.type for block in found["thinks"].message.content] == ["thinking", "text"]
        live = await client.messages.create(**asked["plain"])
        assert found["plain"].message.content == live.content

    run(test, speed=1e9, clock=lambda: 0.0)


def test_a_cancelled_batch_keeps_what_was_answered():
    async def test(server, client):
        batch = await client.messages.batches.create(requests=items(*"abcdefgh"))
        await advance(client, SECONDS / 2)
        batch = await client.messages.batches.cancel(batch.id)
        assert batch.processing_status == "canceling" and batch.cancel_initiated_at
        again = await client.messages.batches.cancel(batch.id)
        assert again.cancel_initiated_at == batch.cancel_initiated_at
        await advance(client, SECONDS / 10)
        batch = await client.messages.batches.retrieve(batch.id)
        counts = batch.request_counts
        assert (batch.processing_status, counts.succeeded, counts.canceled) == ("ended", 4, 4)
        kinds = {name: one.type for name, one in (await results(client, batch.id)).items()}
        assert kinds == {f"item-{n}": "succeeded" if n < 4 else "canceled" for n in range(8)}
        with pytest.raises(anthropic.BadRequestError, match="has ended"):
            await client.messages.batches.cancel(batch.id)
        assert server.stats.batched.input_tokens == 4 * 4

    frozen(test)


@pytest.mark.parametrize(
    ("requests", "sentence"),
    [
        ([], "at least one"),
        ([{"params": question()}], "requests.0.custom_id"),
        (["hello"], "requests.0.custom_id"),
        ([{"custom_id": "a b", "params": question()}], "requests.0.custom_id"),
        ([{"custom_id": "a" * 65, "params": question()}], "requests.0.custom_id"),
        ([{"custom_id": "a", "params": "hello"}], "requests.0.params"),
        ([*items("a"), *items("b")], "unique"),
    ],
)
def test_refused(requests, sentence):
    async def test(server, client):
        with pytest.raises(anthropic.BadRequestError, match=sentence):
            await client.messages.batches.create(requests=requests)

    run(test)


def test_pages_of_batches_belong_to_their_key():
    async def test(server, client):
        made = [(await client.messages.batches.create(requests=items("a"))).id for _ in range(5)]
        other = client.with_options(api_key="other")
        assert [batch.id async for batch in client.messages.batches.list(limit=2)] == made[::-1]
        first = await client.messages.batches.list(limit=2)
        assert ([one.id for one in first.data], first.has_more) == (made[:2:-1], True)
        assert [batch.id async for batch in other.messages.batches.list()] == []
        with pytest.raises(anthropic.NotFoundError):
            await other.messages.batches.retrieve(made[0])
        none = {"Authorization": anthropic.omit}
        with pytest.raises(anthropic.AuthenticationError):
            await client.messages.batches.retrieve(made[0], extra_headers=none)

    run(test)


def test_results_are_lines_of_json_and_kept_29_days():
    async def test(server, client):
        prefixed = client.with_options(base_url=f"{server.url}/some/prefix")
        batch = await prefixed.messages.batches.create(requests=items("a", "b"))
        batch = await prefixed.messages.batches.retrieve(batch.id)
        assert batch.results_url.startswith(f"{server.url}/some/prefix/v1/")
        async with httpx2.AsyncClient(trust_env=False) as plain:
            headers = {"x-api-key": "sim", "anthropic-version": "2026-10-21"}
            wire = await plain.get(batch.results_url, headers=headers)
            lines = [json.loads(line) for line in wire.text.splitlines()]
            assert [line["custom_id"] for line in lines] == ["item-1", "item-0"]
            assert set(lines[0]) == {"custom_id", "result"} and set(lines[0]["result"]) == {"type", "message"}
            await advance(client, 29 * DAY)
            batch = await client.messages.batches.retrieve(batch.id)
            assert batch.archived_at and batch.results_url is None
            gone = await plain.get(wire.request.url, headers=headers)
            assert gone.status_code == 404

    run(test, clock=lambda: 0.0)


def test_the_cache_works_within_a_batch_and_beyond():
    async def test(server, client):
        asked = question(LONG, cache_control={"type": "ephemeral", "ttl": "1h"})
        requests = [{"custom_id": name, "params": asked} for name in "ab"]
        batch = await client.messages.batches.create(requests=requests)
        await client.messages.batches.retrieve(batch.id)
        found = await results(client, batch.id)
        size = found["a"].message.usage.cache_creation_input_tokens
        assert size > 1024 and found["b"].message.usage.cache_read_input_tokens == size
        assert (await client.messages.create(**asked)).usage.cache_read_input_tokens == size
        assert server.stats.batched.cache_read_input_tokens == size

    run(test)


def test_calls_are_answered_while_a_large_batch_is_worked_through():
    async def test(server, client):
        batch = await client.messages.batches.create(requests=items(*map(str, range(500))))
        stream = await client.messages.create(**question(), stream=True)
        assert texts([event async for event in stream])
        counts = (await client.messages.batches.retrieve(batch.id)).request_counts
        assert counts.succeeded == 500

    run(test)
