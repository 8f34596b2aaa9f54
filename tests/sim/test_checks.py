"""What the API refuses."""

import anthropic
import pytest

from .wire import NEW, OLD, question, run

USER = {"role": "user", "content": "hi"}
EPHEMERAL = {"type": "ephemeral"}
FORMAT = {"format": {"type": "json_schema", "schema": {"type": "object"}}}
OLD_VERSION = {"anthropic-version": "2023-06-01"}


def marked(*ttls: str) -> list[dict]:
    return [
        {"type": "text", "text": f"part {at}", "cache_control": {"type": "ephemeral", "ttl": ttl}}
        for at, ttl in enumerate(ttls)
    ]


WRONG = [
    ({"model": ""}, "model"),
    ({"model": 5}, "model"),
    ({"max_tokens": None}, "max_tokens"),
    ({"max_tokens": -1}, "max_tokens"),
    ({"max_tokens": True}, "max_tokens"),
    ({"max_tokens": 64001}, "above claude-haiku-4-5's maximum of 64000"),
    ({"messages": []}, "messages"),
    ({"messages": "hi"}, "messages"),
    ({"messages": ["hi"]}, "messages.0"),
    ({"messages": [{"role": "assistant", "content": "hi"}, USER]}, "messages.0.role"),
    ({"messages": [USER, {"role": "robot", "content": "hi"}]}, "messages.1.role"),
    ({"messages": [{"role": "user", "content": ""}]}, "messages.0.content"),
    ({"messages": [{"role": "user", "content": []}]}, "messages.0.content"),
    ({"messages": [{"role": "user", "content": [{"text": "hi"}]}]}, "with a type"),
    ({"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]}, "must not be empty"),
    ({"system": [{"type": "image"}]}, "only text"),
    ({"system": 5}, "system"),
    ({"tools": ["clock"]}, "tools"),
    ({"tools": {}}, "tools"),
    ({"stream": "yes"}, "stream"),
    ({"stop_sequences": [" "]}, "stop_sequences"),
    ({"temperature": 1.0}, "temperature"),
    ({"top_p": 0.5}, "top_p"),
    ({"top_k": 5}, "top_k"),
    ({"output_config": {"effort": "high"}}, "takes no effort"),
    ({"model": "claude-opus-4-5", "output_config": {"effort": "max"}}, "low, medium, high, not 'max'"),
    ({"thinking": {"type": "adaptive"}}, "accepts enabled, disabled, not 'adaptive'"),
    (
        {"model": "claude-opus-5", "thinking": {"type": "disabled"}, "output_config": {"effort": "max"}},
        "not possible at effort max",
    ),
    ({"system": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": [5]}}]}, "ttl"),
    ({"model": NEW, "messages": [USER, {"role": "assistant", "content": "So:"}]}, "prefill"),
    ({"model": NEW, "tool_choice": {"type": "any"}}, "tool_choice"),
    ({"system": marked("5m", "5m", "5m", "5m", "5m")}, "At most 4"),
    ({"system": marked("5m", "5m", "5m", "5m"), "cache_control": EPHEMERAL}, "At most 4"),
    ({"system": marked("5m", "1h")}, "must not come after"),
    ({"messages": [{"role": "user", "content": marked("1h")}], "cache_control": EPHEMERAL}, "another ttl"),
    ({"cache_control": {"type": "other"}}, "'ephemeral'"),
    ({"max_tokens": 0, "stream": True}, "0 cannot go with stream"),
    ({"max_tokens": 0, "thinking": {"type": "enabled", "budget_tokens": 1024}}, "0 cannot go with thinking"),
    ({"max_tokens": 0, "output_config": FORMAT}, "0 cannot go with output_config.format"),
    ({"max_tokens": 0, "tool_choice": {"type": "any"}}, "0 cannot go with tool_choice"),
]
SYSTEM = {"role": "system", "content": "Be brief."}
SAID = {"role": "assistant", "content": "hello"}
CITED = {"type": "text", "text": "hi", "citations": [{"type": "char_location"}]}
PAPER = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}
WRONG += [
    ({"messages": [USER, SYSTEM]}, "claude-haiku-4-5 takes no system messages"),
    ({"model": NEW, "messages": [USER, SAID, SYSTEM, USER]}, "messages.2: a system message must stand"),
    ({"model": NEW, "messages": [USER, SYSTEM, USER]}, "messages.1: a system message must stand"),
    ({"messages": [{"role": "user", "content": [CITED]}]}, "citations"),
    ({"messages": [USER, {"role": "assistant", "content": [PAPER]}, USER]}, "document"),
    ({"inference_geo": "us"}, "cannot be told where"),
    ({"model": NEW, "inference_geo": "mars"}, "global or us"),
    ({"speed": "slow"}, "speed"),
    ({"model": "claude-opus-4-7", "speed": "fast"}, "no fast mode"),
    ({"service_tier": "priority"}, "service_tier"),
    ({"metadata": {"user_id": 5}}, "user_id"),
    ({"output_config": {"format": {"type": "json"}}}, "output_config.format.type"),
    ({"output_config": {"format": {"type": "json_schema"}}}, "output_config.format.schema"),
]


@pytest.mark.parametrize(("fields", "sentence"), WRONG, ids=[str(fields)[:60] for fields, _ in WRONG])
def test_refused(fields, sentence):
    async def test(server, client):
        with pytest.raises(anthropic.BadRequestError) as caught:
            await client.messages.create(**question(), extra_body=fields)
        error = caught.value
        assert error.type == "invalid_request_error" and sentence in error.api_message
        assert error.body["request_id"] == error.request_id
        assert (server.stats.errors, server.stats.open, server.stats.billed.input_tokens) == (1, 0, 0)

    run(test)


def test_what_is_still_allowed():
    async def test(server, client):
        prefilled = [USER, {"role": "assistant", "content": "So:"}]
        await client.messages.create(**question(messages=prefilled))
        old = {"extra_headers": OLD_VERSION}
        await client.messages.create(**question(), extra_body={"temperature": 0.3}, **old)
        await client.messages.create(**question(model=NEW), extra_body={"temperature": 1}, **old)
        with pytest.raises(anthropic.BadRequestError):
            await client.messages.create(**question(model=NEW), extra_body={"temperature": 0.3}, **old)
        await client.messages.create(**question(model="claude-haiku-4-5-20251001"))
        for turns in ([USER, SYSTEM], [USER, SYSTEM, SAID, USER]):
            await client.messages.create(**question(model=NEW, messages=turns))
        cited = [USER, {"role": "assistant", "content": [CITED]}, {"role": "user", "content": [PAPER]}]
        await client.messages.create(**question(messages=cited))
        paper = [USER, {"role": "assistant", "content": [PAPER]}, USER]
        await client.messages.create(**question(messages=paper), **old)
        await client.messages.create(**question(model=NEW, inference_geo="us"))
        assert server.stats.errors == 1

    run(test)


def test_unknown_model_version_and_body():
    async def test(server, client):
        with pytest.raises(anthropic.NotFoundError) as caught:
            await client.messages.create(**question(model="claude-none"))
        assert caught.value.type == "not_found_error"
        for version in ("2020-01-01", anthropic.omit):
            with pytest.raises(anthropic.BadRequestError, match="anthropic-version"):
                await client.messages.create(**question(), extra_headers={"anthropic-version": version})
        for body in (b"[1]", b"{", b"\xff", b"[" * 100_000):
            with pytest.raises(anthropic.BadRequestError):
                headers = {"content-type": "application/json"}
                await client.post("/v1/messages", content=body, cast_to=object, options={"headers": headers})

    run(test)


def test_count_tokens_checks_too():
    async def test(server, client):
        choice = {"type": "tool", "name": "clock"}
        with pytest.raises(anthropic.BadRequestError):
            await client.messages.count_tokens(model=NEW, messages=[USER], tool_choice=choice)
        with pytest.raises(anthropic.NotFoundError):
            await client.messages.count_tokens(model="claude-none", messages=[USER])
        counted = await client.messages.count_tokens(model=OLD, messages=[USER])
        assert counted.input_tokens == 4

    run(test)
