"""Amazon Bedrock and Google Vertex AI as far as they can be tried without an account."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from lab.config import Settings
from lab.endpoints import endpoints
from lab.errors import BadKey, CallError, LabError
from lab.providers import Providers
from lab.types import Done, Event
from tests.providers.raw import ANSWER, KEY, KEY_VARIABLE, error, request, server, streamed, whole

BEDROCK = {"kind": "bedrock", "region": "us-east-1"}
VERTEX = {"kind": "vertex", "region": "europe-west1", "project": "my-project"}


async def asked(url: str = "", **table: Any) -> list[Event]:
    """What a call to a cloud at this address gives."""
    table |= {"base_url": url} if url else {}
    providers = Providers(Settings())
    try:
        provider = providers.of(endpoints({"cloud": table})["cloud"])
        return [one async for one in provider(request(model="claude-haiku-4-5"))]
    finally:
        await providers.close()


@pytest.mark.parametrize(
    ("table", "module", "said"),
    [
        (BEDROCK, "boto3", "Amazon Bedrock needs the package boto3, which is not installed."),
        (BEDROCK, "botocore", "Amazon Bedrock needs the package botocore, which is not installed."),
        (VERTEX, "google.auth", "Google Vertex AI needs the package google-auth, which is not installed."),
        (VERTEX, "requests", "Google Vertex AI needs the package requests, which is not installed."),
    ],
)
def test_a_missing_package_is_a_sentence_that_names_the_extra(
    table: dict, module: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("boto3", "botocore", "google.auth", "requests"):
        monkeypatch.setitem(sys.modules, name, None if name == module else sys)
    with pytest.raises(LabError) as caught:
        asyncio.run(asked(**table))
    assert str(caught.value) == (
        f"{said} An extra of Anthropic's SDK brings it: uv pip install 'anthropic[{table['kind']}]'."
    )


def test_vertex_with_a_token_is_asked_in_its_project_and_region() -> None:
    async def ask() -> tuple[list[Event], bytes]:
        async with server([streamed(*ANSWER)]) as (url, requests):
            return await asked(url, api_key_env=KEY_VARIABLE, **VERTEX), requests[0]

    seen, sent = asyncio.run(ask())
    assert type(seen[-1]) is Done
    place = "projects/my-project/locations/europe-west1/publishers/anthropic/models/claude-haiku-4-5"
    assert sent.startswith(f"POST /v1/{place}:streamRawPredict ".encode())
    assert f"authorization: bearer {KEY}".encode() in sent.lower()


@pytest.mark.parametrize("variable", ["ANTHROPIC_VERTEX_BASE_URL", "CLOUD_ML_REGION"])
def test_the_environment_leads_a_cloud_nowhere_else(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "x-gateway: gateway-secret")

    async def ask() -> bytes:
        async with server([streamed(*ANSWER)]) as (url, requests):
            assert type((await asked(url, api_key_env=KEY_VARIABLE, **VERTEX))[-1]) is Done
            return requests[0]

    assert b"gateway-secret" not in asyncio.run(ask())


def test_a_token_that_is_not_there_is_said() -> None:
    with pytest.raises(BadKey, match="^NO_SUCH_TOKEN is empty"):
        asyncio.run(asked(api_key_env="NO_SUCH_TOKEN", **VERTEX))


@pytest.mark.parametrize(("status", "there"), [(200, True), (403, True), (404, True), (None, False)])
def test_whatever_a_cloud_answers_it_is_there(status: int | None, there: bool) -> None:
    async def reach() -> LabError | None:
        async with server([whole(status, error("x")) if status else b""]) as (url, _):
            providers = Providers(Settings())
            table = {"base_url": url, "api_key_env": KEY_VARIABLE, **VERTEX}
            try:
                await providers.of(endpoints({"cloud": table})["cloud"]).reach()
            except CallError as fault:
                return fault
            finally:
                await providers.close()
            return None

    assert (asyncio.run(reach()) is None) == there
