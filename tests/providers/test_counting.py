"""The endpoint's own count of a request's tokens, and endpoints that have none."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from lab.config import Settings
from lab.endpoints import Endpoint
from lab.errors import CallError
from lab.providers import Providers
from tests.providers.raw import KEY_VARIABLE, RESET, error, request, server, whole

OPTIONS = {
    "cache_control": {"type": "ephemeral"}, "output_config": {"effort": "low"}, "metadata": {"user_id": "x"},
    "diagnostics": {"previous_message_id": None}, "stop_sequences": ["x"], "service_tier": "auto",
}  # fmt: skip


def counted(*answer: Any) -> tuple[int | None, dict[str, Any]]:
    """What a server that answers so counts, and the body that it got."""

    async def count() -> tuple[int | None, dict[str, Any]]:
        providers = Providers(Settings())
        try:
            async with server(answer) as (url, requests):
                provider = providers.of(Endpoint("raw", url, KEY_VARIABLE))
                found = await provider.count(request(system="Be brief.", options=OPTIONS))
                head, _, body = requests[0].partition(b"\r\n\r\n")
                assert head.startswith(b"POST /v1/messages/count_tokens ")
                return found, json.loads(body)
        finally:
            await providers.close()

    return asyncio.run(count())


def test_what_makes_up_the_prompt_is_counted_and_nothing_else_is_sent() -> None:
    found, body = counted(whole(200, {"input_tokens": 42}))
    assert found == 42
    assert set(body) == {"model", "messages", "system", "cache_control", "output_config"}


@pytest.mark.parametrize(
    "answer",
    [
        whole(404, error("not_found_error")),
        whole(405, b"no", {"content-type": "text/plain"}),
        whole(501, {}),
        whole(200, {"tokens": 42}),
        whole(200, {"input_tokens": "42"}),
    ],
)
def test_an_endpoint_that_counts_none(answer: bytes) -> None:
    assert counted(answer)[0] is None


def test_a_cloud_that_is_known_to_count_none_is_not_asked() -> None:
    provider = Providers(Settings()).of(Endpoint("aws", "https://a.example", kind="bedrock", region="x"))
    assert asyncio.run(provider.count(request())) is None


@pytest.mark.parametrize(
    ("answer", "type"),
    [(whole(529, error("overloaded_error")), "overloaded_error"), (RESET, "no_response")],
)
def test_a_failure_is_an_error_with_a_sentence(answer: Any, type: str) -> None:
    with pytest.raises(CallError) as caught:
        counted(answer)
    assert caught.value.type == type
