"""Cache diagnostics: the first part of a request that changed."""

import anthropic
import pytest

from .test_limits import advance
from .test_tools import TOOLS
from .wire import OLD, events, question, run

FIRST = {"role": "user", "content": "Which way is up?"}
SAID = {"role": "assistant", "content": "There."}
NEXT = {"role": "user", "content": "And down?"}
ASKED = question(system="Be brief.", tools=TOOLS, messages=[FIRST])
GROWN = {**ASKED, "messages": [FIRST, SAID, NEXT]}


async def reason(client, fields: dict, id: str | None):
    answer = await client.messages.create(**fields, diagnostics={"previous_message_id": id})
    return answer.diagnostics


async def opened(client, **fields) -> str:
    """The id of an answer that can be compared with."""
    answer = await client.messages.create(**{**GROWN, **fields}, diagnostics={"previous_message_id": None})
    assert answer.diagnostics is None
    return answer.id


MARKED = {"type": "text", "text": FIRST["content"], "cache_control": {"type": "ephemeral"}}
CASES = [
    ({}, None),
    ({"messages": [FIRST, SAID, NEXT, SAID, NEXT]}, None),
    ({"messages": [{**FIRST, "content": [MARKED]}, SAID, NEXT]}, None),
    ({"max_tokens": 9, "stop_sequences": ["x"]}, None),
    ({"model": "claude-opus-4-5"}, "model_changed"),
    ({"speed": "fast"}, "model_changed"),
    ({"model": "claude-opus-4-5", "system": "Be long."}, "model_changed"),
    ({"system": "Be long."}, "system_changed"),
    ({"system": "Be long.", "tools": TOOLS[:1], "messages": [NEXT]}, "system_changed"),
    ({"tools": TOOLS[::-1]}, "tools_changed"),
    ({"tools": TOOLS[:1], "messages": [NEXT]}, "tools_changed"),
    ({"messages": [NEXT, SAID, NEXT]}, "messages_changed"),
    ({"messages": [FIRST, SAID, FIRST]}, "messages_changed"),
    ({"messages": [FIRST]}, "messages_changed"),
    ({"tool_choice": {"type": "none"}}, "unavailable"),
    ({"max_tokens": 2000, "thinking": {"type": "enabled", "budget_tokens": 1024}}, "unavailable"),
]


@pytest.mark.parametrize(("changed", "type"), CASES, ids=[f"{type}-{[*to]}" for to, type in CASES])
def test_the_first_part_that_changed(changed, type):
    async def test(server, client):
        found = await reason(client, {**GROWN, **changed}, await opened(client))
        if type is None:
            assert found is None
            return
        assert found.cache_miss_reason.type == type
        tokens = getattr(found.cache_miss_reason, "cache_missed_input_tokens", None)
        assert (tokens is None) == (type == "unavailable")

    run(test)


def test_tokens_from_the_change_on():
    async def test(server, client):
        id = await opened(client)
        missed = []
        for changed in ({"speed": "fast"}, {"tools": TOOLS[:1]}, {"system": "No."}, {"messages": [NEXT]},
                        {"messages": [FIRST, SAID, FIRST]}):  # fmt: skip
            found = await reason(client, {**GROWN, **changed}, id)
            missed.append(found.cache_miss_reason.cache_missed_input_tokens)
        fields = {name: value for name, value in GROWN.items() if name != "max_tokens"}
        whole = (await client.messages.count_tokens(**fields)).input_tokens
        assert missed[0] == missed[1] == whole
        assert whole > missed[2] > missed[3] > missed[4] > 0

    run(test)


def test_what_is_not_remembered_is_not_found():
    async def test(server, client):
        async def kind(id: str, asking=client) -> str | None:
            found = await reason(asking, GROWN, id)
            return found and found.cache_miss_reason.type

        silent = (await client.messages.create(**GROWN)).id
        missing = "previous_message_not_found"
        assert await kind("msg_unknown") == await kind(silent) == missing
        id = await opened(client)
        assert await kind(id) is None
        assert await kind(id, client.with_options(api_key="other")) == missing
        await advance(client, 3601)
        assert await kind(id) == missing

    run(test, clock=lambda: 0.0)


def test_it_stands_in_message_start_and_nowhere_unasked():
    async def test(server, client):
        id = await opened(client)
        fields = {**GROWN, "system": "No.", "diagnostics": {"previous_message_id": id}}
        found = await events(client, **fields)
        assert found[0].message.diagnostics.cache_miss_reason.type == "system_changed"
        raw = await client.messages.with_raw_response.create(**GROWN)
        assert "diagnostics" not in raw.http_response.json()

    run(test)


@pytest.mark.parametrize(
    "wrong", ["msg_1", {}, {"previous_message_id": 5}, {"previous_message_id": None, "a": 1}]
)
def test_refused(wrong):
    async def test(server, client):
        with pytest.raises(anthropic.BadRequestError, match="diagnostics"):
            await client.messages.create(**question(), extra_body={"diagnostics": wrong})

    run(test)


def test_counting_takes_none():
    async def test(server, client):
        body = {"diagnostics": {"previous_message_id": None}}
        with pytest.raises(anthropic.BadRequestError, match="diagnostics"):
            await client.messages.count_tokens(model=OLD, messages=[FIRST], extra_body=body)

    run(test)
