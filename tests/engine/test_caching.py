"""Caching that grows with a conversation, and what the lab asks to be told of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.capability import check_endpoint
from lab.endpoints import Endpoint
from lab.engine import Asked, Lab, ask, build, converse
from lab.errors import BadInput
from lab.store import Store, turns
from lab.types import Caller, Done, Event, Principal, Request
from tests.engine.kit import PLAIN, STARTED, answer, caller, done, lab_of, row, simulated
from tests.prompts.folder import folder

ME = Principal("caching")
LONG = "You answer questions about the plans of Harbor, in one sentence each. " * 600
FILES = {
    "prompts/auto/v1.yaml": f'system: "{LONG}"\ncache: auto\n',
    "prompts/off/v1.yaml": 'system: "Be brief."\n',
    "prompts/hour/v1.yaml": 'system: "Be brief."\ncache: 1h\n',
    "prompts/own/v1.yaml": 'system: "Be brief."\ncache: 1h\n'
    "extra: {diagnostics: {previous_message_id: msg_mine}}\n",
}
CLAUDE, SIMULATED = Endpoint("anthropic", "https://api.anthropic.com"), Endpoint("sim", source="simulated")
OTHER = Endpoint("gateway", "https://gateway.example.com")
MISS = {"type": "system_changed", "cache_missed_input_tokens": 1200}


def talk(lab: Lab, call: Caller, asked: Asked) -> Request:
    """One turn."""
    request = ask(lab, ME, asked)

    async def read() -> None:
        async with aclosing(converse(lab, call, ME, request)) as events:
            async for _ in events:
                pass

    asyncio.run(read())
    lab.store.flush()
    return request


def lab_in(store: Store, tmp_path: Path, home: Endpoint) -> Lab:
    return replace(lab_of(store, home, model=PLAIN), folder=folder(tmp_path, FILES))


@pytest.mark.parametrize(
    ("home", "prompt", "first", "then"),
    [
        (CLAUDE, "auto", {"previous_message_id": None}, {"previous_message_id": "msg_1"}),
        (CLAUDE, "hour", {"previous_message_id": None}, {"previous_message_id": "msg_1"}),
        (SIMULATED, "hour", {"previous_message_id": None}, {"previous_message_id": "msg_1"}),
        (CLAUDE, "own", {"previous_message_id": "msg_mine"}, {"previous_message_id": "msg_1"}),
        (CLAUDE, "off", None, None),
        (OTHER, "auto", None, None),
    ],
)
def test_the_api_is_asked_why_the_cache_was_missed(
    store: Store, tmp_path: Path, home: Endpoint, prompt: str, first: Any, then: Any
) -> None:
    lab = lab_in(store, tmp_path, home)
    call = build(lab, caller(*answer("Yes")))
    one = talk(lab, call, Asked("One?", prompt=prompt))
    two = talk(lab, call, Asked("Two?", conversation=one.origin.conversation))
    assert [each.options.get("diagnostics") for each in (one, two)] == [first, then]
    assert one.options.get("cache_control") == two.options.get("cache_control")
    assert ask(lab, ME, Asked("Three?", conversation=one.origin.conversation)).key() != two.key()


def test_an_answer_that_never_ended_is_not_the_one_before(store: Store, tmp_path: Path) -> None:
    lab = lab_in(store, tmp_path, CLAUDE)

    async def cut(request: Request) -> AsyncGenerator[Event, None]:
        yield STARTED
        raise ConnectionError

    request = ask(lab, ME, Asked("One?", prompt="hour"))

    async def read() -> None:
        async for _ in converse(lab, build(lab, cut), ME, request):
            pass

    with pytest.raises(ConnectionError):
        asyncio.run(read())
    lab.store.flush()
    again = ask(lab, ME, Asked("Two?", conversation=request.origin.conversation))
    assert again.options["diagnostics"] == {"previous_message_id": None}


def test_why_it_was_missed_is_kept_with_the_call(store: Store, tmp_path: Path) -> None:
    lab = lab_in(store, tmp_path, CLAUDE)
    end = Done(replace(done("Yes").reply, cache_miss=MISS))
    asked = talk(lab, build(lab, caller(STARTED, end)), Asked("One?", prompt="hour"))
    assert row(lab, asked)["cache_miss"] == MISS
    assert turns(lab.store.read, ME, asked.origin.conversation, 9)[0]["cache_miss"] == MISS


def test_a_growing_conversation_reads_what_it_wrote(store: Store, tmp_path: Path) -> None:
    """Over the wire: each turn reads all of the one before from the cache, and writes only what is new."""

    async def three() -> list[dict[str, Any]]:
        async with simulated(store, model=PLAIN) as (call, lab, _):
            lab, conversation, rows = replace(lab, folder=folder(tmp_path, FILES)), None, []
            for number in range(3):
                prompt = None if number else "auto"
                asked = ask(lab, ME, Asked(f"Number {number}?", prompt=prompt, conversation=conversation))
                conversation = asked.origin.conversation
                async with aclosing(converse(lab, call, ME, asked)) as events:
                    async for _ in events:
                        pass
                rows.append(row(lab, asked))
            return rows

    one, two, three = asyncio.run(three())
    for before, after in ((one, two), (two, three)):
        written = before["cache_read_input_tokens"] + before["cache_creation_input_tokens"]
        assert written and after["cache_read_input_tokens"] == written
        assert 0 < after["cache_creation_input_tokens"] < 200 and after["input_tokens"] == 0


def test_bedrock_is_known_to_refuse_automatic_caching() -> None:
    bedrock = Endpoint("aws", "https://a.example", kind="bedrock", region="x")
    with pytest.raises(BadInput, match="cache: 5m"):
        check_endpoint(bedrock, {"cache_control": {"type": "ephemeral"}})
    check_endpoint(CLAUDE, {"cache_control": {"type": "ephemeral"}})
