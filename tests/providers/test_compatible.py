"""Servers that speak the Messages API but leave parts of it out: what is not said is unknown, never 0."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lab import engine, models
from lab.config import Settings
from lab.endpoints import Endpoint, endpoints
from lab.engine import Lab
from lab.errors import BadInput
from lab.providers import Providers
from lab.store import Store, call
from lab.types import Event, Principal
from tests.providers.raw import KEY_VARIABLE, event, request, server, streamed

NAMES = {"id": "msg_1", "type": "message", "role": "assistant", "model": "llama3", "content": []}
COUNTS = {"input_tokens": 10, "output_tokens": 1, "cache_read_input_tokens": 4}
COUNTS |= {"cache_creation_input_tokens": 6, "service_tier": "standard"}
END = {"stop_reason": "end_turn", "stop_sequence": None}
PRICES = {"llama3": {"endpoint": "own", "prices": [{"input": 1, "output": 2, "cache_read": 0.5}]}}
DOLLAR = 10**12


def stream(
    message: Mapping[str, Any] = {**NAMES, "usage": COUNTS},
    end: Mapping[str, Any] = {"delta": END, "usage": {"output_tokens": 2}},
    request_id: str | None = "req_1",
    stop: bool = True,
) -> bytes:
    """An answer, "Hello", of which parts can be left out."""
    headers = {"content-type": "text/event-stream"} | ({"request-id": request_id} if request_id else {})
    return streamed(
        event("message_start", message=message),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": "Hello"}),
        *([event("content_block_stop", index=0)] if stop else []),
        event("message_delta", **end),
        event("message_stop"),
        headers=headers,
    )


def without(thing: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if name not in names}


def logged(
    answer: bytes, folder: Path, models_table: Mapping[str, Any] = PRICES, **table: Any
) -> dict[str, Any]:
    """The row of a call to a server that answers so, an endpoint of lab.toml."""
    store, asked = Store(folder / "lab.db"), request(model="llama3", options=table.pop("options", {}))

    async def ask() -> None:
        async with server([answer]) as (url, _):
            own = endpoints({"own": {"base_url": url, "api_key_env": KEY_VARIABLE, **table}})
            known = models.catalogue(models_table)
            lab = Lab(Settings(), store, known, own, Endpoint("test", url, KEY_VARIABLE))
            async with engine.opened(lab, Providers(lab.settings)) as ask:
                async for _ in ask(asked):
                    pass

    try:
        asyncio.run(ask())
        store.flush()
        return call(store.read, Principal("me", "admin"), asked.id)
    finally:
        store.close()


FULL = {"input_tokens": 10, "output_tokens": 2, "cache_read_input_tokens": 4, "request_id": "req_1"}
FULL |= {"cache_creation_input_tokens": 6, "message_id": "msg_1", "answered_by": "llama3"}
FULL |= {"service_tier": "standard", "stop_reason": "end_turn"}

LEFT_OUT = {
    # what is missing: how the stream then looks, and what is unknown for that
    "nothing": ({}, {}),
    "request-id": ({"request_id": None}, {"request_id": None}),
    "all usage": (
        {"message": NAMES, "end": {"delta": END}},
        dict.fromkeys(
            ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        )
        | {"service_tier": None},
    ),
    "usage at the end": ({"end": {"delta": END}}, {"output_tokens": None}),
    "usage at the beginning": (
        {"message": NAMES, "end": {"delta": END, "usage": {"input_tokens": 10, "output_tokens": 2}}},
        {"cache_read_input_tokens": None, "cache_creation_input_tokens": None, "service_tier": None},
    ),
    "cache counts": (
        {"message": {**NAMES, "usage": {"input_tokens": 10, "output_tokens": 1}}},
        {"cache_read_input_tokens": None, "cache_creation_input_tokens": None, "service_tier": None},
    ),
    "nulls for counts": (
        {"message": {**NAMES, "usage": dict.fromkeys(COUNTS)}, "end": {"delta": END, "usage": None}},
        dict.fromkeys(
            ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        )
        | {"service_tier": None},
    ),
    "the message's id": ({"message": {**without(NAMES, "id"), "usage": COUNTS}}, {"message_id": None}),
    "the message's model": ({"message": {**without(NAMES, "model"), "usage": COUNTS}}, {"answered_by": None}),
    "role, type and content": (
        {"message": {**without(NAMES, "role", "type", "content"), "usage": COUNTS}},
        {},
    ),
    "stop_sequence": ({"end": {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}}, {}),
    "content_block_stop": ({"stop": False}, {}),
    "a known stop reason": (
        {"end": {"delta": {**END, "stop_reason": "eos_token"}, "usage": {"output_tokens": 2}}},
        {"stop_reason": "eos_token"},
    ),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_is_left_out_is_unknown_and_the_answer_whole(what: str, tmp_path: Path) -> None:
    parts, unknown = LEFT_OUT[what]
    row = logged(stream(**parts), tmp_path)
    assert row["state"] == "ok"
    assert row["answer"] == [{"type": "text", "text": "Hello"}]
    expected = FULL | unknown
    assert {name: row[name] for name in expected} == expected
    known = expected["input_tokens"] is not None and expected["output_tokens"] is not None
    assert (row["cost"] is not None) == known
    assert row["cost_basis"] == "usage"


def test_a_call_costs_what_lab_toml_says_and_else_is_unknown(tmp_path: Path) -> None:
    row = logged(stream({**NAMES, "usage": {"input_tokens": 10}}), tmp_path)
    assert row["cost"] == (10 * 1 + 2 * 2) * DOLLAR // 10**6
    row = logged(stream(), tmp_path, {"llama3": {"endpoint": "own"}})
    assert (row["cost"], row["cost_floor"], row["cost_upper"], row["price"]) == (None, None, None, None)


HOT = {"temperature": 0.2, "top_p": 0.9, "top_k": 5}


def test_temperature_goes_where_the_endpoint_says_that_it_takes_it(tmp_path: Path) -> None:
    row = logged(stream(), tmp_path, sampling=True, options=HOT)
    assert (row["state"], {name: row["request"][name] for name in HOT}) == ("ok", HOT)


@pytest.mark.parametrize("endpoint", [{"sampling": False}, {}], ids=["it says no", "it says nothing"])
def test_temperature_goes_nowhere_else(endpoint: dict, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="^The endpoint 'own' is not known to take temperature, top_p, top_k;"):
        logged(stream(), tmp_path, options=HOT, **endpoint)


def test_nothing_leaves_for_an_endpoint_that_does_not_take_it() -> None:
    async def ask() -> tuple[list[bytes], list[Event]]:
        async with server([stream()]) as (url, requests):
            providers, seen = Providers(Settings()), []
            try:
                with pytest.raises(BadInput):
                    async for one in providers.of(Endpoint("raw", url))(request(options={"top_k": 1})):
                        seen.append(one)
            finally:
                await providers.close()
            return requests, seen

    assert asyncio.run(ask()) == ([], [])


def test_the_row_tells_the_connection(tmp_path: Path) -> None:
    row = logged(stream(), tmp_path)
    assert row["connection"] == "new"
    assert 0 <= row["connect_ms"] <= row["headers_ms"]
